import { Module } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { AllowedMethods } from './allowed-methods.ts';
import { ProblemFilter } from './problem.filter.ts';

@Module({
  providers: [AllowedMethods, { provide: APP_FILTER, useClass: ProblemFilter }],
  exports: [AllowedMethods],
})
export class ProblemModule {}
