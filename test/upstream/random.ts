/** Returns numbers from 0 (included) to 1 (excluded), like Math.random. */
export type Random = () => number;

/**
 * A small generator (xorshift, 32 bits of state) with the same numbers for the same seed on any machine. For
 * repeatable test runs, not for secrets.
 */
export function seededRandom(seed: number): Random {
  // The multiplication spreads similar seeds over the state, which must not be zero.
  let state = Math.imul(seed ^ 0x5bd1e995, 0x9e3779b1) || 1;
  const next = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
  for (let i = 0; i < 8; i++) next();
  return next;
}

/**
 * Draws one item with a probability in proportion to its weight. Throws a RangeError when no weight is above zero.
 */
export function drawWeighted<T extends { readonly weight: number }>(items: readonly T[], random: Random): T {
  const candidates = items.filter(({ weight }) => weight > 0);
  let point = random() * candidates.reduce((sum, { weight }) => sum + weight, 0);
  let drawn: T | undefined;
  for (const item of candidates) {
    drawn = item;
    point -= item.weight;
    if (point < 0) break;
  }
  if (drawn === undefined) throw new RangeError('there is nothing to draw: no weight is above 0');
  return drawn;
}
