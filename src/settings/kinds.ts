import * as z from 'zod';

export const MIB = 1024 * 1024;

/** A whole number in decimal digits, from min to max. */
export const wholeNumber = (min: number, max: number): z.ZodType<number> =>
  z
    .string()
    .transform((text) => (/^\s*\d{1,16}\s*$/.test(text) ? Number(text) : NaN))
    .refine((value) => value >= min && value <= max, {
      error: `must be a whole number from ${min} to ${max}`,
    });

/** A time in milliseconds, at most an hour. */
export const milliseconds = (min = 1): z.ZodType<number> => wholeNumber(min, 3_600_000);

/** A number between 0 and 1, both excluded. */
export const ratio: z.ZodType<number> = z
  .string()
  .transform(Number)
  .refine((value) => value > 0 && value < 1, { error: 'must be a number between 0 and 1' });

/** One of these words. */
export const oneOf = <const Words extends readonly string[]>(...words: Words): z.ZodType<Words[number]> =>
  z.enum(words, { error: `must be ${words.slice(0, -1).join(', ')} or ${words.at(-1)}` });

export const flag: z.ZodType<boolean> = oneOf('true', 'false').transform((word) => word === 'true');
