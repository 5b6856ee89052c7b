import { Global, Module } from '@nestjs/common';
import { APP_FILTER, HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { ConnectionLimit } from './connection-limit.ts';
import { Drain } from './drain.ts';
import { Exchanges } from './exchange.ts';
import { ProblemFilter } from './problem.filter.ts';

/** Provides the exchanges, which the adapter created before the app, and the parts of the server that need settings. */
@Global()
@Module({
  providers: [
    {
      provide: Exchanges,
      inject: [HttpAdapterHost],
      useFactory: ({ httpAdapter }: HttpAdapterHost) => httpAdapter.getInstance<FastifyInstance>().exchanges,
    },
    { provide: APP_FILTER, useClass: ProblemFilter },
    ConnectionLimit,
    Drain,
  ],
  exports: [ConnectionLimit, Drain, Exchanges],
})
export class HttpServerModule {}
