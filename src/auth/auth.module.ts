import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { ApiKeyGuard } from './api-key.guard.ts';
import { KeyStore } from './key-store.ts';

@Module({ providers: [KeyStore, { provide: APP_GUARD, useClass: ApiKeyGuard }] })
export class AuthModule {}
