import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { InjectMetric } from '@willsoto/nestjs-prometheus';
import { InjectPinoLogger, type PinoLogger } from 'nestjs-pino';
import type { Counter } from 'prom-client';
import { authConfig } from './auth.config.ts';
import { isExpired } from './consumer.ts';
import { digestOf, KeyFileError, type KeyTable, parseKeyFile, readKeyFile } from './key-file.ts';
import { KeyStore } from './key-store.ts';
import { isMountPoint } from './mount-points.ts';

/** The interval between two reads: a change is in use at most this long after it is visible in the container. */
const POLL_MS = 2_000;

/**
 * Keeps the API keys in step with API_KEYS_FILE. Polls instead of watching: that finds a link that Kubernetes moved,
 * a replaced file and an overwritten file, on any file system. While the file is invalid, the last valid version
 * stays in use.
 */
@Injectable()
export class KeyFileWatch implements OnModuleInit, OnApplicationShutdown {
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;
  /** The digest of the version in use. */
  #used: string | undefined;
  /** The digest of the invalid version, or the error of reading it. */
  #broken: string | undefined;
  #readAt = 0;

  constructor(
    @Inject(authConfig.KEY) private readonly config: ConfigType<typeof authConfig>,
    private readonly keys: KeyStore,
    @InjectMetric('api_keys_file_failures_total') private readonly failures: Counter,
    @InjectPinoLogger('KeyFileWatch') private readonly logger: PinoLogger,
  ) {}

  /** Whether the file is invalid now, and the last valid version in use. */
  get isBroken(): boolean {
    return this.#broken !== undefined;
  }

  /** When the version in use was read, in milliseconds since 1970; 0 before the first. */
  get readAt(): number {
    return this.#readAt;
  }

  /** @throws KeyFileError when the file is invalid at the start */
  async onModuleInit(): Promise<void> {
    const { keysFile: path } = this.config;
    if (path === undefined) return;
    const text = await readKeyFile(path);
    this.#use(text, parseKeyFile(text));
    if (await isMountPoint(path)) {
      this.logger.warn(
        { path },
        'API_KEYS_FILE is mounted as a single file: changes on the host may not be seen, and revoked keys continue to work; mount its folder instead',
      );
    }
    this.#poll(path);
  }

  onApplicationShutdown(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  #poll(path: string): void {
    if (this.#stopped) return;
    this.#timer = setTimeout(() => {
      void this.#look(path).then(() => this.#poll(path));
    }, POLL_MS).unref();
  }

  async #look(path: string): Promise<void> {
    let version: string | undefined;
    try {
      const text = await readKeyFile(path);
      version = digestOf(text);
      if (version === this.#broken) return;
      if (version !== this.#used) this.#use(text, parseKeyFile(text));
      else if (this.isBroken) this.logger.info('API_KEYS_FILE is the version in use again');
      this.#broken = undefined;
    } catch (error) {
      if (!(error instanceof KeyFileError)) throw error;
      this.#refuse(version ?? error.message, error);
    }
  }

  #use(text: string, table: KeyTable): void {
    this.#used = digestOf(text);
    this.#readAt = Date.now();
    this.keys.useFile(table);
    const consumers = [...this.keys.consumers];
    const expired = consumers.filter((consumer) => isExpired(consumer)).map(({ name }) => name);
    this.logger.info({ consumers: consumers.length, expired }, 'API_KEYS_FILE was read');
    if (consumers.length === expired.length)
      this.logger.warn('no API key is valid: every request for a document is refused');
  }

  #refuse(broken: string, { lines }: KeyFileError): void {
    if (broken === this.#broken) return;
    this.#broken = broken;
    this.failures.inc();
    this.logger.error(
      { mistakes: lines },
      'API_KEYS_FILE is invalid: the last valid version stays in use; fix the file',
    );
  }
}
