import type { Redis } from 'ioredis';
import type { RateLimiterRedis } from 'rate-limiter-flexible';

/** A request waits no longer than this; a store in the same cluster answers within a hundredth of it. */
const COMMAND_TIMEOUT_MS = 100;
const CONNECT_TIMEOUT_MS = 1_000;
const DISCONNECT_TIMEOUT_MS = 200;
/** Silence after which a connection counts as dead. */
const SOCKET_TIMEOUT_MS = 5_000;
const MAX_RECONNECT_DELAY_MS = 2_000;
/** While it is left alone, the store is asked no more often than this whether it counts again. */
const PROBE_MS = 1_000;
const KEY_PREFIX = 'document-gateway:rate';

/** Requests in the current window, and how long that still is. */
export interface Count {
  readonly consumedPoints: number;
  readonly msBeforeNext: number;
}

export interface StoreObserver {
  onDown(error: Error | undefined): void;
  onUp(): void;
}

interface Window {
  readonly key: string;
  readonly seconds: number;
}

/**
 * Redis or Valkey, where all replicas count together. No request waits for a store that is known to be down: after the
 * first command that fails it is left alone, until that command succeeds in a probe. A store may answer everything but
 * writes, or everything but one key.
 */
export class SharedStore {
  readonly #client: Redis;
  readonly #limiter: RateLimiterRedis;
  readonly #observer: StoreObserver;
  #state: 'new' | 'up' | 'down' | 'closed' = 'new';
  /** What failed last, which a probe tries again. */
  #failed: Window = { key: 'probe', seconds: 1 };
  /** Runs for as long as no probe may be made. */
  #pause: NodeJS.Timeout | undefined;

  private constructor(client: Redis, limiter: RateLimiterRedis, observer: StoreObserver) {
    this.#client = client;
    this.#limiter = limiter;
    this.#observer = observer;
    client.on('ready', () => {
      if (this.#pause === undefined) this.#probe();
    });
    client.on('close', () => {
      this.#suspend(undefined);
    });
    client.on('error', (error: Error) => {
      this.#suspend(error);
    });
  }

  /**
   * Connects in the background, so that nobody's start waits for it.
   *
   * @param url `redis://` or `rediss://`, with user, password and number of the database as they are needed
   */
  static async open(url: string, observer: StoreObserver): Promise<SharedStore> {
    // Neither is loaded by services that need none. Both are CommonJS, of which the bundle has the names under default.
    const [{ default: redis }, { default: limiters }] = await Promise.all([
      import('ioredis'),
      import('rate-limiter-flexible'),
    ]);
    const { Redis } = redis;
    const { RateLimiterRedis } = limiters;
    const client = new Redis(url, {
      protocol: 2,
      connectionName: 'document-gateway',
      disableClientInfo: true,
      connectTimeout: CONNECT_TIMEOUT_MS,
      socketTimeout: SOCKET_TIMEOUT_MS,
      disconnectTimeout: DISCONNECT_TIMEOUT_MS,
      // A command that was not sent at once, or not answered, is not sent later: its request has gone on.
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
      retryStrategy: (attempt) => Math.min(50 * 2 ** Math.min(attempt, 10), MAX_RECONNECT_DELAY_MS),
    });
    const limiter = new RateLimiterRedis({
      storeClient: client,
      keyPrefix: KEY_PREFIX,
      points: 1,
      duration: 1,
    });
    return new SharedStore(client, limiter, observer);
  }

  /** Whether it counted when it was asked last; not before it was connected. */
  get usable(): boolean {
    return this.#state === 'up';
  }

  /**
   * Counts one request.
   *
   * @throws Error when the store does not answer in time
   */
  async count(key: string, seconds: number): Promise<Count> {
    try {
      return await this.#add(1, { key, seconds });
    } catch (error) {
      this.#failed = { key, seconds };
      this.#suspend(error instanceof Error ? error : new Error(String(error)));
      throw error;
    }
  }

  close(): void {
    this.#state = 'closed';
    clearTimeout(this.#pause);
    this.#client.disconnect();
  }

  #add(points: number, { key, seconds }: Window): Promise<Count> {
    return inTime(this.#limiter.penalty(key, points, { customDuration: seconds }));
  }

  /** Asks the store to count nothing, by the command that counts. */
  #probe(): void {
    if (this.#state === 'up' || this.#state === 'closed' || this.#client.status !== 'ready') return;
    this.#wait();
    this.#add(0, this.#failed).then(
      () => {
        this.#resume();
      },
      (error: unknown) => {
        this.#suspend(error instanceof Error ? error : new Error(String(error)));
        // After a failover the old primary takes no writes: the name may lead to the new one.
        if (String(error).includes('READONLY')) this.#client.disconnect(true);
      },
    );
  }

  #wait(): void {
    this.#pause ??= setTimeout(() => {
      this.#pause = undefined;
      this.#probe();
    }, PROBE_MS).unref();
  }

  #resume(): void {
    if (this.#state === 'closed') return;
    this.#state = 'up';
    this.#observer.onUp();
  }

  #suspend(error: Error | undefined): void {
    if (this.#state === 'closed') return;
    this.#wait();
    if (this.#state === 'down') return;
    this.#state = 'down';
    this.#observer.onDown(error);
  }
}

/** Rejects when the command has no answer in time. */
function inTime<Answer>(command: Promise<Answer>): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      // An answer that has come while the event loop was busy is read before this, and counts.
      setImmediate(() => {
        reject(new Error(`no answer within ${COMMAND_TIMEOUT_MS} ms`));
      });
    }, COMMAND_TIMEOUT_MS);
    command.then(resolve, reject).finally(() => {
      clearTimeout(timer);
    });
  });
}
