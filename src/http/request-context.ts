import { AsyncLocalStorage } from 'node:async_hooks';
import type { RequestSpan } from '../tracing/tracing.ts';

export interface RequestContext {
  readonly id: string;
  /** undefined when tracing is off. */
  readonly span: RequestSpan | undefined;
}

/** The request for which the code runs now, for those who can get at it in no other way. */
export const currentRequest = new AsyncLocalStorage<RequestContext>();
