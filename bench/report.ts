// The figures as lines for people.

import type { Measured } from './measure.ts';

const whatWidth = 78;

function amount(value: number, unit: Measured['unit']): string {
  return `${value.toFixed(value < 1000 ? 1 : 0)} ${unit}`;
}

function verdict({ aim, isMet, note }: Measured): string {
  const judged = aim === null ? 'no aim' : `aim ≤ ${aim}, ${isMet ? 'met' : 'MISSED'}`;
  return note ? `${judged} (${note})` : judged;
}

/** Two lines: what was compared, and the figures. */
export function renderMeasured(measured: Measured): string {
  const { name, what, a, b, medianA, medianB, ratio, unit, rounds } = measured;
  const figures = `${a} ${amount(medianA, unit)}, ${b} ${amount(medianB, unit)}`;
  return `${`${name}: ${what}`.padEnd(whatWidth)}\n  ${`${figures}, ${rounds} rounds`.padEnd(whatWidth - 2)}  ratio ${ratio.toFixed(2)}, ${verdict(measured)}\n`;
}
