import { Global, Module } from '@nestjs/common';
import { APP_FILTER, HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { AllowedMethods } from './allowed-methods.ts';
import { ConnectionLimit } from './connection-limit.ts';
import { Drain } from './drain.ts';
import { Exchanges } from './exchange.ts';
import { ProblemFilter } from './problem.filter.ts';

const fastifyOf = ({ httpAdapter }: HttpAdapterHost): FastifyInstance => httpAdapter.getInstance();

/** Provides the objects that the adapter created before the app, and the parts of the server that need settings. */
@Global()
@Module({
  providers: [
    {
      provide: AllowedMethods,
      inject: [HttpAdapterHost],
      useFactory: (host: HttpAdapterHost) => fastifyOf(host).allowedMethods,
    },
    {
      provide: Exchanges,
      inject: [HttpAdapterHost],
      useFactory: (host: HttpAdapterHost) => fastifyOf(host).exchanges,
    },
    { provide: APP_FILTER, useClass: ProblemFilter },
    ConnectionLimit,
    Drain,
  ],
  exports: [AllowedMethods, ConnectionLimit, Drain, Exchanges],
})
export class HttpServerModule {}
