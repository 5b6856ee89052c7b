import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { Problem } from '../problem/problem.ts';
import { KeyStore } from './key-store.ts';
import { IS_PUBLIC } from './public.decorator.ts';

/** Guards every route with `X-API-KEY`, unless it is marked `@Public()`. */
@Injectable()
export class ApiKeyGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly keys: KeyStore,
  ) {}

  /** @throws Problem `unauthorized`, the same for a missing key and for a wrong one */
  canActivate(context: ExecutionContext): boolean {
    if (this.reflector.getAllAndOverride<boolean>(IS_PUBLIC, [context.getHandler(), context.getClass()]))
      return true;
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const key = request.headers['x-api-key'];
    const consumer = this.keys.consumerOf(typeof key === 'string' ? key : '');
    if (consumer === undefined) {
      throw new Problem('unauthorized', 'Send a valid API key in the X-API-KEY header.', {
        headers: { 'www-authenticate': 'ApiKey realm="document-gateway", header="X-API-KEY"' },
      });
    }
    request.record.consumer = consumer;
    return true;
  }
}
