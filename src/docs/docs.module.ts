import { Module } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { acceptable } from '../http/accept.ts';
import { DocsController } from './docs.controller.ts';

@Module({ controllers: [DocsController] })
export class DocsModule {
  /**
   * Redirects clients that prefer HTML from `/` to `/docs`. Runs before the guard, because a browser sends no API
   * key, and only on this route, so that it does not delay documents.
   */
  constructor({ httpAdapter }: HttpAdapterHost) {
    httpAdapter.getInstance<FastifyInstance>().addHook('onRoute', (route) => {
      if (route.url === '/') route.onRequest = redirectBrowser;
    });
  }
}

function redirectBrowser(request: FastifyRequest, reply: FastifyReply, done: () => void): void {
  const [preferred] = acceptable(request.headers.accept, ['application/json', 'text/html']);
  if (preferred !== 'text/html') {
    done();
    return;
  }
  void reply
    .code(303)
    .headers({ location: 'docs', vary: 'Accept', 'cache-control': 'no-cache', 'content-length': '0' })
    .send();
}
