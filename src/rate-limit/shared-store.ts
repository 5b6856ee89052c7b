import type { Redis } from 'ioredis';
import type { PinoLogger } from 'nestjs-pino';
import type { RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';

/** The time limit of a command in milliseconds. Redis in the same cluster needs a hundredth of it. */
const COMMAND_TIMEOUT_MS = 100;
const CONNECT_TIMEOUT_MS = 1_000;
const DISCONNECT_TIMEOUT_MS = 200;
/** Milliseconds without data after which a connection counts as dead. */
const SOCKET_TIMEOUT_MS = 5_000;
const MAX_RECONNECT_DELAY_MS = 2_000;
/** The minimum interval between two probes while Redis is down, in milliseconds. */
const PROBE_MS = 1_000;
const KEY_PREFIX = 'document-gateway:rate';

/** Requests in the current window, and the milliseconds left of it. */
export type Count = Pick<RateLimiterRes, 'consumedPoints' | 'msBeforeNext'>;

/** Counts in Redis or Valkey for all replicas. After a failure, only a probe uses it until one succeeds. */
export class SharedStore {
  #state: 'new' | 'up' | 'down' | 'closed' = 'new';
  /** The window of the last failed command, for the next probe. */
  #failed = { key: 'probe', seconds: 1 };
  /** Active while no probe is allowed. */
  #pause: NodeJS.Timeout | undefined;

  private constructor(
    private readonly client: Redis,
    private readonly limiter: RateLimiterRedis,
    private readonly logger: PinoLogger,
  ) {
    client.on('ready', () => {
      if (this.#pause === undefined) this.#probe();
    });
    client.on('close', () => this.#suspend(undefined));
    client.on('error', (error: Error) => this.#suspend(error));
  }

  /** Connects in the background. @param url `redis://` or `rediss://`, with user, password, database number */
  static async open(url: string, logger: PinoLogger): Promise<SharedStore> {
    // Both are loaded only when needed. They are CommonJS, whose names the bundle exposes only under default.
    const [{ default: redis }, { default: limiters }] = await Promise.all([
      import('ioredis'),
      import('rate-limiter-flexible'),
    ]);
    const client = new redis.Redis(url, {
      protocol: 2,
      connectionName: 'document-gateway',
      disableClientInfo: true,
      connectTimeout: CONNECT_TIMEOUT_MS,
      socketTimeout: SOCKET_TIMEOUT_MS,
      disconnectTimeout: DISCONNECT_TIMEOUT_MS,
      // A command that fails now is not sent later, because its request no longer waits.
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
      retryStrategy: (attempt) => Math.min(50 * 2 ** Math.min(attempt, 10), MAX_RECONNECT_DELAY_MS),
    });
    const options = { storeClient: client, keyPrefix: KEY_PREFIX, points: 1, duration: 1 };
    return new SharedStore(client, new limiters.RateLimiterRedis(options), logger);
  }

  /** Whether the last command succeeded, so that requests do not wait for it. False before the first connection. */
  get usable(): boolean {
    return this.#state === 'up';
  }

  /** Counts one request. @throws Error when Redis fails or does not answer in time */
  async count(key: string, seconds: number): Promise<Count> {
    try {
      return await this.#add(1, key, seconds);
    } catch (error) {
      this.#failed = { key, seconds };
      this.#suspend(error);
      throw error;
    }
  }

  close(): void {
    this.#state = 'closed';
    clearTimeout(this.#pause);
    this.client.disconnect();
  }

  async #add(points: number, key: string, seconds: number): Promise<Count> {
    const count = await inTime(this.limiter.penalty(key, points, { customDuration: seconds }));
    if (!Number.isFinite(count.consumedPoints) || !Number.isFinite(count.msBeforeNext))
      throw new Error('the answer of Redis is not a count');
    return count;
  }

  /** Probes with the counting command and zero points: Redis may answer all commands but this one. */
  #probe(): void {
    if (this.#state === 'up' || this.#state === 'closed' || this.client.status !== 'ready') return;
    this.#wait();
    this.#add(0, this.#failed.key, this.#failed.seconds).then(
      () => {
        if (this.#state === 'closed') return;
        this.#state = 'up';
        this.logger.info('Redis answers again');
      },
      (error: unknown) => {
        this.#suspend(error);
        // After a failover the old primary is read-only. A reconnect resolves the name again.
        if (String(error).includes('READONLY')) this.client.disconnect(true);
      },
    );
  }

  #wait(): void {
    this.#pause ??= setTimeout(() => {
      this.#pause = undefined;
      this.#probe();
    }, PROBE_MS).unref();
  }

  #suspend(error: unknown): void {
    if (this.#state === 'closed') return;
    this.#wait();
    if (this.#state === 'down') return;
    this.#state = 'down';
    this.logger.warn(
      { err: error },
      'Redis does not answer: each replica counts on its own; check the health of Redis',
    );
  }
}

function inTime<Answer>(command: Promise<Answer>): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const late = (): void => reject(new Error(`no answer within ${COMMAND_TIMEOUT_MS} ms`));
    // Reads the sockets first: the answer may have arrived while the event loop was busy.
    const timer = setTimeout(() => setImmediate(late), COMMAND_TIMEOUT_MS);
    command.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
