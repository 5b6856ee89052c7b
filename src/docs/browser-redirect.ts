import { Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { acceptable } from '../http/accept.ts';

/**
 * Leads whoever prefers HTML from `/` to the page. Before the guard, since a browser has no key to send; and for this
 * route alone, so that no document waits for it.
 */
@Injectable()
export class BrowserRedirect {
  constructor(host: HttpAdapterHost) {
    const fastify = host.httpAdapter.getInstance<FastifyInstance>();
    fastify.addHook('onRoute', (route) => {
      if (route.url === '/') route.onRequest = redirect;
    });
  }
}

function redirect(request: FastifyRequest, reply: FastifyReply, done: () => void): void {
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
