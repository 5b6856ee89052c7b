import { Writable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { AxiosError } from 'axios';
import { type Logger, pino } from 'pino';
import { loggerOptions, requestIds } from './logger.ts';
import { loggingConfig } from './logging.config.ts';

/** A logger and the lines that it wrote. */
function logger(env: Readonly<Record<string, string>> = {}): { log: Logger; lines: string[] } {
  const lines: string[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(chunk.toString());
      done();
    },
  });
  return { log: pino(loggerOptions(loggingConfig(env)), stream), lines };
}

describe('a line', () => {
  it('should be JSON with its level by name and its time as a date', () => {
    const { log, lines } = logger();
    log.warn({ answer: 42 }, 'said');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      {
        level: 'warn',
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
        answer: 42,
        msg: 'said',
      },
    ]);
  });

  it('should have the ids of the request in which it is logged, unless it has its own', () => {
    const { log, lines } = logger();
    const ids = { requestId: 'a', trace_id: 'b' };
    requestIds.run(ids, () => {
      log.info({ answer: 42 }, 'said');
      log.info({ requestId: 'c' }, 'said');
    });
    log.info('said');
    const found = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(found.map(({ requestId, trace_id }) => [requestId, trace_id])).toEqual([
      ['a', 'b'],
      ['c', undefined],
      [undefined, undefined],
    ]);
    expect(found[0]).toMatchObject({ answer: 42, msg: 'said' });
    expect(ids).toEqual({ requestId: 'a', trace_id: 'b' });
  });

  it('should be written from the level that is set', () => {
    const { log, lines } = logger({ LOG_LEVEL: 'error' });
    log.warn('no');
    log.error('yes');
    expect(lines).toHaveLength(1);
  });

  it('should explain an error, without the request that failed', () => {
    const { log, lines } = logger();
    const error = new AxiosError('connect ECONNREFUSED', 'ECONNREFUSED', {
      headers: { 'x-api-key': 'a secret' },
    } as never);
    log.error({ err: error }, 'it failed');
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      err: {
        type: 'AxiosError',
        message: 'connect ECONNREFUSED',
        code: 'ECONNREFUSED',
        stack: expect.stringContaining('logger.spec'),
      },
    });
    expect(lines.join()).not.toContain('a secret');
  });

  it('should include the causes of an error', () => {
    const { log, lines } = logger();
    log.error({ err: new Error('outer', { cause: new Error('inner') }) }, 'it failed');
    expect(lines.join()).toContain('inner');
  });
});
