/** Money and counts as people read them. */

/** `$0.0123`, `$1.25`: four decimals below a dollar, because a small task costs cents. */
export function renderCost(dollars: number): string {
  return `$${dollars.toFixed(dollars > 0 && dollars < 1 ? 4 : 2)}`;
}

/** Dollars to a millionth: sums of floats would show their tails. */
export function roundDollars(dollars: number): number {
  return Math.round(dollars * 1e6) / 1e6;
}

/** `950`, `12.3k`, `4.0M`: a count of tokens. */
export function renderTokens(count: number): string {
  if (count < 1000) return String(Math.round(count));
  // What would round to 1000k is shown in the next unit.
  if (count < 999_950) return `${(count / 1000).toFixed(1)}k`;
  return `${(count / 1_000_000).toFixed(1)}M`;
}

/** `1 run`, `12 runs`. */
export function renderCount(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? '' : 's'}`;
}
