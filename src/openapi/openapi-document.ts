import { hash } from 'node:crypto';
import { Injectable, type Type } from '@nestjs/common';
import { PATH_METADATA } from '@nestjs/common/constants.js';
import { DiscoveryService, MetadataScanner, ModuleRef, Reflector } from '@nestjs/core';
import { AllowedMethods } from '../http/allowed-methods.ts';
import { DESCRIPTION, type RouteDescription } from '../http/description.ts';
import { entityTagOf } from '../http/entity-tags.ts';
import { IS_PUBLIC } from '../http/public.decorator.ts';
import { buildInfo } from '../settings/build-info.ts';
import type { SettingsOf } from '../settings/namespace.ts';
import { Components, type Json } from './components.ts';
import { operation } from './operation.ts';

interface DescribedRoute {
  readonly description: RouteDescription;
  readonly isPublic: boolean;
}

const DESCRIPTION_OF_SERVICE = `Ask for a document by its id and get a whole, undamaged PDF, PNG or JPEG with its true media type, or a clear error.

Every error is a problem document (RFC 9457) whose \`type\` never changes. A path that is not here is answered with 404, a
method that is not here with 405, and OPTIONS with the methods of the path; they are among the components.

Every answer has headers that keep browsers safe, and those of CORS when the operator lets other origins in.`;

/** Generates the OpenAPI document from the routes, their descriptions and the settings. */
@Injectable()
export class OpenApiDocument {
  #written: { readonly json: string; readonly etag: string } | undefined;

  constructor(
    private readonly modules: ModuleRef,
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
    private readonly reflector: Reflector,
    private readonly routes: AllowedMethods,
  ) {}

  /** The serialized document. Generated at the first request, to keep the start short. */
  get written(): { readonly json: string; readonly etag: string } {
    if (this.#written === undefined) {
      const json = JSON.stringify(this.toJson());
      this.#written = { json, etag: entityTagOf(hash('sha256', json, 'base64url')) };
    }
    return this.#written;
  }

  /** @throws Error for a route without a description */
  toJson(): Json {
    const described = this.#described();
    const components = new Components();
    const settingsOf: SettingsOf = (namespace) => this.modules.get(namespace.KEY, { strict: false });
    const paths: Record<string, Record<string, Json>> = {};
    for (const { url, methods } of this.routes.all) {
      const route = described.get(url);
      if (route === undefined) throw new Error(`${url} is not described: put @Describe() on its handler`);
      const path = (paths[url.replaceAll(/:(\w+)/g, '{$1}')] ??= {});
      for (const method of methods)
        path[method.toLowerCase()] = operation(method, { ...route, settingsOf }, components);
    }
    return {
      openapi: '3.1.1',
      info: {
        title: 'Document gateway',
        version: buildInfo.version,
        summary: 'Whole, undamaged documents from an upstream that cannot be trusted',
        description: DESCRIPTION_OF_SERVICE,
        license: { name: 'MIT', identifier: 'MIT' },
      },
      servers: [{ url: '/', description: 'The server of this document' }],
      tags: [
        { name: 'Documents', description: 'Documents by id' },
        { name: 'Service', description: 'The service and its description' },
        { name: 'Operation', description: 'For operators' },
      ],
      security: [{ apiKey: [] }],
      paths: Object.fromEntries(Object.entries(paths).sort(([one], [other]) => (one < other ? -1 : 1))),
      components: components.toJson(),
    };
  }

  /** The described handlers, by the path that Fastify uses. */
  #described(): ReadonlyMap<string, DescribedRoute> {
    const routes = new Map<string, DescribedRoute>();
    for (const { metatype, instance } of this.discovery.getControllers()) {
      const prototype = Object.getPrototypeOf(instance) as Record<string, () => unknown>;
      for (const name of this.scanner.getAllMethodNames(prototype)) {
        const handler = prototype[name];
        if (handler === undefined) continue;
        const description = this.reflector.get<RouteDescription | undefined>(DESCRIPTION, handler);
        if (description === undefined) continue;
        const isPublic = this.reflector.getAllAndOverride<boolean | undefined>(IS_PUBLIC, [
          handler,
          metatype as Type,
        ]);
        const parts = [metatype as Type, handler].map((target) =>
          this.reflector.get<string>(PATH_METADATA, target),
        );
        const url = `/${parts.join('/')}`.replaceAll(/\/+/g, '/').replace(/(?<=.)\/$/, '');
        routes.set(url, { description, isPublic: isPublic === true });
      }
    }
    return routes;
  }
}
