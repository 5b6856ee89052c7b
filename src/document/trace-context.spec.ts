import { describe, expect, it } from '@jest/globals';
import { traceContext } from './document.controller.ts';

const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

describe('traceContext', () => {
  it('should pass on a parent, and its state', () => {
    expect(traceContext({ traceparent })).toEqual({ traceparent });
    expect(traceContext({ traceparent, tracestate: 'congo=t61rcWkgMzE,rojo=00' })).toEqual({
      traceparent,
      tracestate: 'congo=t61rcWkgMzE,rojo=00',
    });
  });

  it('should pass on nothing else', () => {
    expect(traceContext({ traceparent, baggage: 'user=1', cookie: 'a=b', 'x-api-key': 'key' })).toEqual({
      traceparent,
    });
  });

  it('should not pass on a state without a parent', () => {
    expect(traceContext({ tracestate: 'a=b' })).toEqual({});
    expect(traceContext({ traceparent: 'no', tracestate: 'a=b' })).toEqual({});
  });

  it.each([
    '',
    '00',
    traceparent.toUpperCase(),
    `${traceparent}-more`,
    ` ${traceparent}`,
    `${traceparent}\r\nx-evil: 1`,
    traceparent.replace('0af7651916cd43dd8448eb211c80319c', '0'.repeat(32)),
    traceparent.replace('b7ad6b7169203331', '0'.repeat(16)),
    traceparent.replace(/^00/, 'ff'),
  ])('should not pass on %j, which is not a valid parent', (wrong) => {
    expect(traceContext({ traceparent: wrong })).toEqual({});
  });

  it.each(['', 'a=b\r\nx-evil: 1', 'a=é', `a=${'b'.repeat(511)}`])(
    'should pass on the parent alone when the state is %j',
    (tracestate) => {
      expect(traceContext({ traceparent, tracestate })).toEqual({ traceparent });
    },
  );
});
