import { execFileSync } from 'node:child_process';
import {
  closeSync,
  constants,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually } from '../../test/eventually.ts';
import { LogOutput, type Loss } from './log-output.ts';

const { O_NONBLOCK, O_RDONLY, O_RDWR, O_WRONLY } = constants;
const FLUSH_MS = 2_000;

let folder: string;
let descriptors: number[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'log-output-'));
  descriptors = [];
});

afterEach(() => {
  for (const fd of descriptors) closeSync(fd);
  rmSync(folder, { recursive: true });
});

function open(path: string, flags: number | string): number {
  const fd = openSync(path, flags);
  descriptors.push(fd);
  return fd;
}

function close(fd: number): void {
  closeSync(fd);
  descriptors = descriptors.filter((other) => other !== fd);
}

function makePipe(): string {
  const path = join(folder, 'pipe');
  execFileSync('mkfifo', [path]);
  return path;
}

/**
 * Reads a non-blocking pipe until it is empty. Each byte is one character, because a read may end inside a character.
 */
function readAll(fd: number): string {
  const chunk = Buffer.alloc(1024 * 1024);
  let text = '';
  for (;;) {
    try {
      const length = readSync(fd, chunk);
      if (length === 0) return text;
      text += chunk.toString('latin1', 0, length);
    } catch {
      return text;
    }
  }
}

/** Writes until the pipe is full. Returns the written text. */
function fill(fd: number): string {
  let text = '';
  try {
    for (;;) text += '.'.repeat(writeSync(fd, '.'));
  } catch {
    return text;
  }
}

/** The lines, with one character for each byte. */
const asRead = (numbers: readonly number[]): string =>
  Buffer.from(numbers.map(line).join('')).toString('latin1');
const line = (number: number): string => `${String(number).padStart(9, '0')} ${'é'.repeat(45)}\n`;
const LINE_BYTES = 101;
const range = (length: number): readonly number[] => Array.from({ length }, (_, index) => index);

/** An output and its reports of dropped lines. */
function outputTo(fd: number, maxWaitingBytes?: number): { output: LogOutput; losses: Loss[] } {
  const output = new LogOutput(fd, maxWaitingBytes);
  const losses: Loss[] = [];
  output.onCaughtUp((loss) => losses.push(loss));
  return { output, losses };
}

describe('LogOutput', () => {
  it('should write a line within a moment, and many in their order', async () => {
    const path = join(folder, 'log');
    const { output, losses } = outputTo(open(path, 'a'));
    output.write(line(0));
    await eventually(() => {
      expect(readFileSync(path, 'utf8')).toBe(line(0));
    });
    for (const number of range(10_000).slice(1)) output.write(line(number));
    await output.flush(FLUSH_MS);
    expect(readFileSync(path, 'utf8')).toBe(range(10_000).map(line).join(''));
    expect([output.droppedLines, losses]).toEqual([0, []]);
  });

  it('should limit the buffer for a stuck reader, and report dropped lines once', async () => {
    const path = makePipe();
    const reader = open(path, O_RDONLY | O_NONBLOCK);
    const maxBytes = 100 * LINE_BYTES;
    const { output, losses } = outputTo(open(path, 'w'), maxBytes);
    // A full pipe blocks the first write.
    const filling = fill(open(path, O_WRONLY | O_NONBLOCK));
    for (const number of range(600)) output.write(line(number));
    await output.flush(100);
    expect([output.droppedLines, losses]).toEqual([500, []]);
    let text = '';
    await eventually(() => {
      text += readAll(reader);
      expect(losses).toEqual([{ lines: 500, cause: undefined }]);
    });
    output.write('the end\n');
    await eventually(() => {
      text += readAll(reader);
      expect(text.endsWith('the end\n')).toBe(true);
    });
    expect(text).toBe(`${filling}${asRead(range(100))}the end\n`);
    expect(losses).toHaveLength(1);
  });

  it('should give a flush no more than its time while the reader is stuck', async () => {
    const path = makePipe();
    const reader = open(path, O_RDONLY | O_NONBLOCK);
    const { output } = outputTo(open(path, 'w'));
    for (const number of range(2_000)) output.write(line(number));
    const startedAt = performance.now();
    await output.flush(100);
    expect(performance.now() - startedAt).toBeLessThan(2_000);
    let text = '';
    const flushed = output.flush(10_000);
    await eventually(() => {
      text += readAll(reader);
      expect(text).toBe(asRead(range(2_000)));
    });
    await flushed;
  });

  it('should write whole lines where another process has made the descriptor non-blocking', async () => {
    const path = makePipe();
    const reader = open(path, O_RDONLY | O_NONBLOCK);
    const { output } = outputTo(open(path, O_WRONLY | O_NONBLOCK));
    for (const number of range(3_000)) output.write(line(number));
    let text = '';
    await eventually(() => {
      text += readAll(reader);
      expect(text).toBe(asRead(range(3_000)));
    });
  });

  it('should continue when the descriptor works again, and report the error', async () => {
    const path = makePipe();
    const first = open(path, O_RDONLY | O_NONBLOCK);
    const { output, losses } = outputTo(open(path, 'w'), 10 * LINE_BYTES);
    close(first);
    for (const number of range(25)) output.write(line(number));
    await output.flush(FLUSH_MS);
    expect(output.droppedLines).toBe(15);
    const second = open(path, O_RDONLY | O_NONBLOCK);
    let text = '';
    await eventually(() => {
      text += readAll(second);
      expect(text).toBe(asRead(range(10)));
      expect(losses).toEqual([{ lines: 15, cause: 'EPIPE' }]);
    });
  });

  it('should not wait for a full disk in a flush', async () => {
    const { output } = outputTo(open('/dev/full', O_RDWR));
    output.write(line(0));
    const startedAt = performance.now();
    await output.flush(60_000);
    await output.flush(60_000);
    expect(performance.now() - startedAt).toBeLessThan(10_000);
  });
});
