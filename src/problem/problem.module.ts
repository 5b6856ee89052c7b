import { Module } from '@nestjs/common';
import { APP_FILTER, HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { AllowedMethods } from './allowed-methods.ts';
import { ProblemFilter } from './problem.filter.ts';

const allowedMethods = {
  provide: AllowedMethods,
  inject: [HttpAdapterHost],
  useFactory: ({ httpAdapter }: HttpAdapterHost) => httpAdapter.getInstance<FastifyInstance>().allowedMethods,
};

@Module({
  providers: [allowedMethods, { provide: APP_FILTER, useClass: ProblemFilter }],
  exports: [AllowedMethods],
})
export class ProblemModule {}
