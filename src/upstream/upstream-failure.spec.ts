import { describe, expect, it } from '@jest/globals';
import { messageOf } from './upstream-failure.ts';

describe('messageOf', () => {
  const refused = (address: string): Error => new Error(`connect ECONNREFUSED ${address}:80`);

  it('should be what an error says', () => {
    expect(messageOf(refused('10.0.0.1'))).toBe('connect ECONNREFUSED 10.0.0.1:80');
  });

  it('should join the messages of all addresses', () => {
    const inner = new AggregateError([refused('10.0.0.1'), refused('10.0.0.2')]);
    expect(messageOf(new AggregateError([refused('::1'), inner]))).toBe(
      'connect ECONNREFUSED ::1:80; connect ECONNREFUSED 10.0.0.1:80; connect ECONNREFUSED 10.0.0.2:80',
    );
  });

  it('should be that of the cause, the code or the name for an error without a message', () => {
    expect(messageOf(new Error('', { cause: refused('::1') }))).toBe('connect ECONNREFUSED ::1:80');
    expect(messageOf(Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' }))).toBe('ECONNREFUSED');
    expect(messageOf(new TypeError())).toBe('TypeError');
  });
});
