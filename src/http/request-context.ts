import { AsyncLocalStorage } from 'node:async_hooks';

/** The id of the request for which the code runs now, for those who can get at it in no other way. */
export const currentRequestId = new AsyncLocalStorage<string>();
