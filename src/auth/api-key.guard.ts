import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { type AuthenticationFailure, Metrics } from '../metrics/metrics.ts';
import { Problem } from '../problem/problem.ts';
import { isExpired } from './consumer.ts';
import { KeyStore } from './key-store.ts';
import { IS_PUBLIC } from './public.decorator.ts';

/** Guards every route with `X-API-KEY`, unless it is marked `@Public()`. */
@Injectable()
export class ApiKeyGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly keys: KeyStore,
    private readonly metrics: Metrics,
  ) {}

  /** @throws Problem `unauthorized`, the same for a key that is missing, wrong or expired */
  canActivate(context: ExecutionContext): boolean {
    if (this.reflector.getAllAndOverride<boolean>(IS_PUBLIC, [context.getHandler(), context.getClass()]))
      return true;
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const key = request.headers['x-api-key'] ?? '';
    const consumer = typeof key === 'string' ? this.keys.consumerOf(key) : undefined;
    if (consumer !== undefined) request.record.consumer = consumer.name;
    if (consumer === undefined || isExpired(consumer)) {
      throw this.#refusal(request, consumer ? 'expired' : key === '' ? 'missing' : 'unknown');
    }
    request.consumer = consumer;
    return true;
  }

  #refusal(request: FastifyRequest, reason: AuthenticationFailure): Problem {
    this.metrics.authenticationFailures.labels(reason).inc();
    request.record.cause = `the API key is ${reason}`;
    return new Problem('unauthorized', 'Send a valid API key in the X-API-KEY header.', {
      headers: { 'www-authenticate': 'ApiKey realm="document-gateway", header="X-API-KEY"' },
    });
  }
}
