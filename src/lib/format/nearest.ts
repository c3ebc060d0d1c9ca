/** Which known word a mistyped one was meant to be. */

/** So many letters to add, drop, change, or swap with a neighbour, until one word is the other. */
export function countEdits(a: string, b: string): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const changed = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      let least = Math.min(changed, (row[j] as number) + 1, (next[j - 1] as number) + 1);
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (isSwap) least = Math.min(least, (before[j - 2] as number) + 1);
      next[j] = least;
    }
    [before, row] = [row, next];
  }
  return row[b.length] as number;
}

/** The known word that this one is nearest to, at most `maxEdits` away; null where none is. */
export function nearestWord(word: string, known: readonly string[], maxEdits: number): string | null {
  let best: { word: string; edits: number } | null = null;
  for (const one of known) {
    // Words of such different lengths need not be compared.
    if (Math.abs(one.length - word.length) > maxEdits) continue;
    const edits = countEdits(word, one);
    if (edits <= maxEdits && (best === null || edits < best.edits)) best = { word: one, edits };
  }
  return best?.word ?? null;
}
