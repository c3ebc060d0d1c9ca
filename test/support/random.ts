// Chance that can be had again: numbers from a seed that a failing test prints.

/** Numbers from 0 to 1 (exclusive), always the same for a seed. `CCDISPATCH_TEST_SEED` repeats a run. */
export function seededRandom(seed = Number(process.env.CCDISPATCH_TEST_SEED) || Date.now() % 1_000_000) {
  let state = seed;
  // mulberry32: small, and good enough to spread moments.
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  return { seed, next };
}
