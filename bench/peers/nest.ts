/** The least that a Nest controller on Fastify can be: what the framework takes before a line of a service is run. */
import { Controller, Get, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';

class Health {
  alive(): string {
    return "I'm healthy";
  }
}
class Root {
  readonly health = Health;
}

// Types are stripped from this file, and decorators would stay.
Get('health')(Health.prototype, 'alive', Object.getOwnPropertyDescriptor(Health.prototype, 'alive') ?? {});
Controller()(Health);
Module({ controllers: [Health] })(Root);

const app = await NestFactory.create(Root, new FastifyAdapter({ keepAliveTimeout: 75_000 }), {
  logger: false,
});
await app.listen(Number(process.env['PORT']), '127.0.0.1');
