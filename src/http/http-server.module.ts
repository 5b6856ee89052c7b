import { Module } from '@nestjs/common';
import { Drain } from './drain.ts';

@Module({ providers: [Drain], exports: [Drain] })
export class HttpServerModule {}
