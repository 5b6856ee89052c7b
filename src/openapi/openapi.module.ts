import { Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { ProblemModule } from '../problem/problem.module.ts';
import { OpenApiDocument } from './openapi-document.ts';
import { OpenApiController } from './openapi.controller.ts';

@Module({
  imports: [DiscoveryModule, ProblemModule],
  controllers: [OpenApiController],
  providers: [OpenApiDocument],
})
export class OpenApiModule {}
