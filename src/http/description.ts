import { type CustomDecorator, SetMetadata } from '@nestjs/common';
import type { z } from 'zod';
import type { ProblemType } from '../problem/problem.ts';
import type { SettingsOf } from '../settings/namespace.ts';

/**
 * Where a problem can occur: on `any` request, on one that needs an API key (`key`), on one for a `document`, or
 * outside the operations (`none`): another path or method.
 */
export type ProblemScope = 'any' | 'key' | 'document' | 'none';

/** A body of one media type. */
export interface DescribedContent {
  /** A schema with an id in its metadata becomes a component. */
  readonly schema: z.ZodType;
  /** Text or JSON values, by name. Binary bodies have none. */
  readonly examples?: Readonly<Record<string, unknown>>;
}

/** An answer that is not a problem. Every answer has `X-Request-Id`, which is not listed here. */
export interface DescribedAnswer {
  readonly description: string;
  /** The names in lower case; a question mark marks an optional header. */
  readonly headers?: readonly string[];
  /** By media type without parameters; undefined for an answer without a body. */
  readonly content?: Readonly<Record<string, DescribedContent>>;
}

export interface DescribedParameter {
  readonly in: 'path' | 'query' | 'header';
  readonly description: string;
  /** The schema; it may depend on settings, as that of a document id. */
  readonly schema: (settingsOf: SettingsOf) => z.ZodType;
  /** The initial value on the page at `/docs`; none for an empty field. */
  readonly example?: string;
}

/** Describes a route to consumers. Its security, methods and common problems are added automatically. */
export interface RouteDescription {
  /** The suffix of its operation ids: `Document` gives `getDocument` and `headDocument`. */
  readonly name: string;
  readonly tag: 'Documents' | 'Service' | 'Operation';
  readonly summary: string;
  readonly description?: string;
  readonly parameters?: Readonly<Record<string, DescribedParameter>>;
  /** By status. */
  readonly answers: Readonly<Record<number, DescribedAnswer>>;
  /** Problems besides those of any request: whole scopes or single types. */
  readonly problems?: readonly (ProblemScope | ProblemType)[];
}

export const DESCRIPTION = 'openapi:description';

/** Describes a route for `/openapi.json`. A route without a description makes that document and its tests fail. */
export const Describe = (description: RouteDescription): CustomDecorator =>
  SetMetadata(DESCRIPTION, description);
