import { Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';

export interface Route {
  readonly url: string;
  readonly methods: readonly string[];
}

/** Knows which methods a path is served with, so that a wrong method is told apart from a wrong path. */
@Injectable()
export class AllowedMethods {
  readonly #routes: (Route & { readonly pattern: RegExp })[] = [];

  constructor(host: HttpAdapterHost) {
    const fastify = host.httpAdapter.getInstance<FastifyInstance>();
    fastify.addHook('onRoute', ({ url, method }) => {
      const pattern = new RegExp(`^${url.replaceAll('.', '\\.').replaceAll(/:[^/]+/g, '[^/]+')}$`);
      this.#routes.push({ url, pattern, methods: typeof method === 'string' ? [method] : method });
    });
  }

  /** Every route, by its template: `/:id`. */
  get all(): readonly Route[] {
    return this.#routes;
  }

  of(path: string): readonly string[] {
    const matching = this.#routes.filter(({ pattern }) => pattern.test(path));
    return [...new Set(matching.flatMap(({ methods }) => methods))].sort();
  }
}
