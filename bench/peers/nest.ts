/** The smallest Nest controller on Fastify: the cost of the framework without a service. */
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

// Node strips types from this file, but cannot compile decorators.
Get('health')(Health.prototype, 'alive', Object.getOwnPropertyDescriptor(Health.prototype, 'alive') ?? {});
Controller()(Health);
Module({ controllers: [Health] })(Root);

const app = await NestFactory.create(Root, new FastifyAdapter({ keepAliveTimeout: 75_000 }), {
  logger: false,
});
await app.listen(Number(process.env['PORT']), '127.0.0.1');
