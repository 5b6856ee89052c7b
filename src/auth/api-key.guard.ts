import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { InjectMetric } from '@willsoto/nestjs-prometheus';
import type { FastifyRequest } from 'fastify';
import { InjectPinoLogger, type PinoLogger } from 'nestjs-pino';
import type { Counter } from 'prom-client';
import { IS_PUBLIC } from '../http/public.decorator.ts';
import { Problem } from '../problem/problem.ts';
import { clientNetwork } from './client-address.ts';
import { isExpired } from './consumer.ts';
import { FailureThrottle } from './failure-throttle.ts';
import { KeyStore } from './key-store.ts';

/** The reasons for a rejected API key. Metrics and the log show them, answers do not. */
export const authenticationFailures = ['missing', 'unknown', 'expired', 'throttled'] as const;
type AuthenticationFailure = (typeof authenticationFailures)[number];

/** Requires a valid `X-API-KEY` on every route that is not marked `@Public()`. */
@Injectable()
export class ApiKeyGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly keys: KeyStore,
    private readonly throttle: FailureThrottle,
    @InjectMetric('authentication_failures_total') private readonly failures: Counter,
    @InjectPinoLogger('ApiKeyGuard') private readonly logger: PinoLogger,
  ) {}

  /**
   * @throws Problem `unauthorized`, the same for a missing, unknown and expired API key, or
   *   `authentication-throttled`, the same for every API key
   */
  canActivate(context: ExecutionContext): boolean {
    if (this.reflector.getAllAndOverride<boolean>(IS_PUBLIC, [context.getHandler(), context.getClass()]))
      return true;
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const key = request.headers['x-api-key'] ?? '';
    const consumer = typeof key === 'string' ? this.keys.consumerOf(key) : undefined;
    if (consumer !== undefined) request.record.consumer = consumer.name;
    const isValid = consumer !== undefined && !isExpired(consumer);
    if (this.throttle.isOn) {
      const address = clientNetwork(request);
      if (isValid ? !this.throttle.passes(address, consumer) : this.throttle.secondsLeft(address) > 0) {
        throw this.#throttled(request, this.throttle.secondsLeft(address));
      }
      // A request without an API key is not a guess.
      if (!isValid && key !== '' && this.throttle.failed(address)) {
        this.logger.warn({ address }, 'too many wrong API keys from this address: it is throttled');
      }
    }
    if (!isValid) throw this.#refusal(request, consumer ? 'expired' : key === '' ? 'missing' : 'unknown');
    request.consumer = consumer;
    return true;
  }

  #refusal(request: FastifyRequest, reason: AuthenticationFailure): Problem {
    this.#note(request, reason, `the API key is ${reason}`);
    return new Problem('unauthorized', 'Send a valid API key in the X-API-KEY header.', {
      headers: { 'www-authenticate': 'ApiKey realm="document-gateway", header="X-API-KEY"' },
    });
  }

  #throttled(request: FastifyRequest, seconds: number): Problem {
    this.#note(request, 'throttled', 'too many wrong API keys came from this address');
    return new Problem('authentication-throttled', 'Your address has sent too many wrong API keys.', {
      headers: { 'retry-after': String(Math.max(1, seconds)) },
    });
  }

  #note(request: FastifyRequest, reason: AuthenticationFailure, cause: string): void {
    this.failures.labels(reason).inc();
    request.record.cause = cause;
  }
}
