import { expect, it } from '@jest/globals';
import { flag, wholeNumber } from './kinds.ts';
import { mistakesOf } from './mistakes.fixture.ts';
import { namespace, unlessWrong } from './namespace.ts';

const config = namespace(
  'kitchen',
  {
    cooks: ['COOKS', wholeNumber(1, 9).default(2)],
    stoves: ['STOVES', wholeNumber(1, 9).default(1)],
    open: ['KITCHEN_OPEN', flag.default(false)],
  },
  (schema) =>
    schema
      .refine(({ cooks, stoves }) => stoves <= cooks, {
        path: ['stoves'],
        error: 'must not be more than COOKS',
        when: unlessWrong('cooks', 'stoves'),
      })
      .transform((values) => ({ ...values, hands: 2 * values.cooks })),
);

it('should return the parsed variables and derived values', () => {
  expect(config({ COOKS: '3', KITCHEN_OPEN: 'true' })).toEqual({ cooks: 3, stoves: 1, open: true, hands: 6 });
});

it('should return the defaults without an environment, and ignore that of the process', () => {
  process.env['COOKS'] = '9';
  expect(config()).toEqual({ cooks: 2, stoves: 1, open: false, hands: 4 });
  delete process.env['COOKS'];
});

it('should treat a blank variable as unset', () => {
  expect(config({ COOKS: '', STOVES: ' \t' })).toEqual(config());
});

it('should return frozen values', () => {
  const values = config() as { cooks: number };
  expect(() => (values.cooks = 1)).toThrow(TypeError);
});

it('should name each variable that is wrong, and check a rule unless what it is about is wrong', () => {
  expect(mistakesOf(() => config({ STOVES: '3', KITCHEN_OPEN: 'yes' }))).toEqual([
    'KITCHEN_OPEN must be true or false',
    'STOVES must not be more than COOKS',
  ]);
  expect(mistakesOf(() => config({ STOVES: '3', COOKS: '0' }))).toEqual([
    'COOKS must be a whole number from 1 to 9',
  ]);
});

it('should know its name and its variables', () => {
  expect(config.KEY).toBe('CONFIGURATION(kitchen)');
  expect(config.variables).toEqual(['COOKS', 'STOVES', 'KITCHEN_OPEN']);
});
