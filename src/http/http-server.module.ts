import { Module } from '@nestjs/common';
import { ConnectionLimit } from './connection-limit.ts';
import { Drain } from './drain.ts';

@Module({ providers: [ConnectionLimit, Drain], exports: [ConnectionLimit, Drain] })
export class HttpServerModule {}
