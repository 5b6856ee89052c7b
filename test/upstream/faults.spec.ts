import { describe, expect, it } from '@jest/globals';
import { parseFaults, parseFaultsJson } from './fault-schema.ts';
import { drawFaults, type Fault, type FaultRule } from './faults.ts';
import { seededRandom } from './random.ts';

/** One fault of each kind, with all fields. The type requires every kind. */
const everyFault: { readonly [K in Fault['kind']]: Extract<Fault, { kind: K }> } = {
  latency: { kind: 'latency', ms: 20 },
  damaged: { kind: 'damaged' },
  status: { kind: 'status', status: 503, retryAfter: 'Wed, 21 Oct 2026 07:28:00 GMT' },
  'reset-before-headers': { kind: 'reset-before-headers' },
  'reset-in-body': { kind: 'reset-in-body', at: 0.5 },
  truncate: { kind: 'truncate', at: 0.999 },
  'wrong-type': { kind: 'wrong-type', contentType: 'text/html' },
  'wrong-length': { kind: 'wrong-length', length: 'repeated' },
  chunked: { kind: 'chunked' },
  drip: { kind: 'drip', bytesPerSecond: 1 },
  endless: { kind: 'endless', framing: 'content-length' },
  redirect: { kind: 'redirect', status: 302, location: '/elsewhere' },
  hang: { kind: 'hang', after: 'half-body' },
  'unasked-partial': { kind: 'unasked-partial' },
  'unasked-not-modified': { kind: 'unasked-not-modified' },
  'unasked-gzip': { kind: 'unasked-gzip' },
  'header-bomb': { kind: 'header-bomb', bytes: 1_000_000 },
  empty: { kind: 'empty' },
  interim: { kind: 'interim', status: 103, count: 2 },
  html: { kind: 'html' },
};

describe('parsing faults', () => {
  it('should accept every kind with all of its fields', () => {
    for (const fault of Object.values(everyFault)) {
      const rules = [{ ratio: 1, fault }];
      expect(parseFaults(rules)).toEqual(rules);
      expect(parseFaultsJson(JSON.stringify(rules))).toEqual(rules);
    }
  });

  it('should accept rules without optional fields, and ratios that sum up to 1', () => {
    const rules: FaultRule[] = [
      { ratio: 1, fault: { kind: 'latency', ms: 0 } },
      ...Array.from({ length: 10 }, () => ({ ratio: 0.1, fault: { kind: 'truncate' as const } })),
    ];
    expect(parseFaults(rules)).toEqual(rules);
  });

  it.each<[string, unknown]>([
    ['faults must be an array of { ratio, fault }, got {}', {}],
    ['faults must be an array of { ratio, fault }, got nothing', undefined],
    ['faults[0] must be an object, got null', [null]],
    ['faults[0].ratio must be a number from 0 to 1, got nothing', [{ fault: { kind: 'empty' } }]],
    ['faults[0].ratio must be a number from 0 to 1, got 2', [{ ratio: 2, fault: { kind: 'empty' } }]],
    ['faults[0].ratio must be a number from 0 to 1, got "1"', [{ ratio: '1', fault: { kind: 'empty' } }]],
    ['faults[0].ration is unknown: the fields are ratio, fault', [{ ration: 1 }]],
    [
      'faults[1].fault.ms must be a number from 0 to 3600000, got -1',
      [
        { ratio: 1, fault: { kind: 'empty' } },
        { ratio: 1, fault: { kind: 'latency', ms: -1 } },
      ],
    ],
    [
      'faults[0].fault.bps is unknown: the fields are kind, bytesPerSecond',
      [{ ratio: 1, fault: { kind: 'drip', bps: 1 } }],
    ],
    [
      'faults[0].fault.after must be one of request, headers, half-body, got nothing',
      [{ ratio: 1, fault: { kind: 'hang' } }],
    ],
    [
      'faults[0].fault.status must be an integer from 200 to 599, got 503.5',
      [{ ratio: 1, fault: { kind: 'status', status: 503.5 } }],
    ],
    [
      'faults[0].fault.retryAfter must be a string of printable ASCII, got "1\\r\\nX: y"',
      [{ ratio: 1, fault: { kind: 'status', status: 503, retryAfter: '1\r\nX: y' } }],
    ],
    [
      'faults: the ratios of all but latencies must sum up to 1 at most, got 1.5',
      [
        { ratio: 0.75, fault: { kind: 'empty' } },
        { ratio: 0.75, fault: { kind: 'html' } },
      ],
    ],
  ])('should report: %s', (message, value) => {
    expect(() => parseFaults(value)).toThrow(new TypeError(message));
  });

  it('should list the kinds when the kind is missing or is a property of every object', () => {
    const kinds = Object.keys(everyFault).join(', ');
    for (const [fault, got] of [
      [null, 'nothing'],
      [{ kind: 'toString' }, '"toString"'],
    ] as const) {
      expect(() => parseFaults([{ ratio: 1, fault }])).toThrow(
        new TypeError(`faults[0].fault.kind must be one of ${kinds}, got ${got}`),
      );
    }
  });

  it('should report text that is not JSON', () => {
    expect(() => parseFaultsJson('[{')).toThrow(/^faults must be JSON: /);
  });
});

describe('drawing faults', () => {
  const count = 10_000;
  const draw = (rules: readonly FaultRule[]): ReturnType<typeof drawFaults>[] => {
    const random = seededRandom(1);
    return Array.from({ length: count }, () => drawFaults(rules, random));
  };

  it('should draw none without rules', () => {
    expect(draw([]).every(({ fault, delayMs }) => fault === undefined && delayMs === 0)).toBe(true);
  });

  it('should apply each rule to its share of requests, at most one for each request', () => {
    const drawn = draw([
      { ratio: 0.1, fault: { kind: 'empty' } },
      { ratio: 0.3, fault: { kind: 'html' } },
      { ratio: 0, fault: { kind: 'chunked' } },
    ]);
    const share = (kind: string | undefined): number =>
      drawn.filter(({ fault }) => fault?.kind === kind).length / count;
    expect(share('empty')).toBeCloseTo(0.1, 1);
    expect(share('html')).toBeCloseTo(0.3, 1);
    expect(share('chunked')).toBe(0);
    expect(share(undefined)).toBeCloseTo(0.6, 1);
  });

  it('should always apply a rule with ratio 1', () => {
    expect(draw([{ ratio: 1, fault: { kind: 'empty' } }]).every(({ fault }) => fault?.kind === 'empty')).toBe(
      true,
    );
  });

  it('should add latencies up, and combine them with another fault', () => {
    const drawn = draw([
      { ratio: 1, fault: { kind: 'latency', ms: 20 } },
      { ratio: 0.01, fault: { kind: 'latency', ms: 1_000 } },
      { ratio: 1, fault: { kind: 'html' } },
    ]);
    expect(new Set(drawn.map(({ delayMs }) => delayMs))).toEqual(new Set([20, 1_020]));
    expect(drawn.filter(({ delayMs }) => delayMs > 20).length / count).toBeCloseTo(0.01, 2);
    expect(drawn.every(({ fault }) => fault?.kind === 'html')).toBe(true);
  });

  it('should draw the same faults for the same seed', () => {
    const rules: FaultRule[] = [{ ratio: 0.5, fault: { kind: 'reset-in-body' } }];
    expect(draw(rules)).toEqual(draw(rules));
  });
});
