import { type CustomDecorator, SetMetadata } from '@nestjs/common';
import type { z } from 'zod';
import type { ProblemType } from '../problem/problem.ts';
import type { SettingsOf } from '../settings/namespace.ts';

/**
 * Where a problem may be met: by `any` request, by one that needs a `key`, by one for a `document`, or where there is
 * no operation (`none`): at another path, or with another method.
 */
export type ProblemScope = 'any' | 'key' | 'document' | 'none';

/** A body of one media type. */
export interface DescribedContent {
  /** A schema with an id in its metadata becomes a component. */
  readonly schema: z.ZodType;
  /** By name; a text or a JSON value. Binary bodies have none. */
  readonly examples?: Readonly<Record<string, unknown>>;
}

/** An answer that is no problem. `X-Request-Id` is on every one, and not named here. */
export interface DescribedAnswer {
  readonly description: string;
  /** Those that are always there, by name in lower case, and, with a question mark, those that may be. */
  readonly headers?: readonly string[];
  /** By media type without parameters. None for an answer without a body. */
  readonly content?: Readonly<Record<string, DescribedContent>>;
}

export interface DescribedParameter {
  readonly in: 'path' | 'query' | 'header';
  readonly description: string;
  /** It may depend on the settings of its module, as what an id is does. */
  readonly schema: (settingsOf: SettingsOf) => z.ZodType;
  /** What the page at `/docs` fills in: none for what is better left out at first. */
  readonly example?: string;
}

/** What a consumer may know of a route. What follows from its key, its methods and the problems is added to it. */
export interface RouteDescription {
  /** Ends the ids of its operations: `Document` makes `getDocument` and `headDocument`. */
  readonly name: string;
  readonly tag: 'Documents' | 'Service' | 'Operation';
  readonly summary: string;
  readonly description?: string;
  readonly parameters?: Readonly<Record<string, DescribedParameter>>;
  /** By status. */
  readonly answers: Readonly<Record<number, DescribedAnswer>>;
  /** Problems besides those that any request may meet: all of a scope, or one. */
  readonly problems?: readonly (ProblemScope | ProblemType)[];
}

export const DESCRIPTION = 'openapi:description';

/** Describes a route for `/openapi.json`. A route without it makes the document, and its tests, fail. */
export const Describe = (description: RouteDescription): CustomDecorator =>
  SetMetadata(DESCRIPTION, description);
