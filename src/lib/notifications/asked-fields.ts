/** What an agent asks for, field by field, in a form that a person can judge: whole, and with nothing hidden. */

import { isObject } from '../format/json.ts';
import { cutText } from '../format/text.ts';
import { showHidden } from '../format/visible.ts';

export interface AskedField {
  name: string;
  value: string;
}

/** Beyond this the rest is in a file: a message with buttons under it must be one message. */
const mostUnits = 2600;
const mostFields = 30;
const mostNameUnits = 60;
/** So much is shown of what is in a file. */
const beginningUnits = 1200;

/** Not a name that a tool's own fields have. */
const leadsToName = '→ leads to';

/**
 * All fields of an input, the command first: it is what a person looks for. `leadsTo` is the file that it really names,
 * where its path is a link to another one.
 */
export function fieldsOf(input: Record<string, unknown>, leadsTo: string | null = null): AskedField[] {
  const entries = Object.entries(input).sort(([a], [b]) => Number(b === 'command') - Number(a === 'command'));
  const fields = entries.map(([name, value]) => ({
    name: showHidden(name.replace(/[\n\t]/g, ' ')),
    value: showHidden(typeof value === 'string' ? value : (JSON.stringify(value, null, 1) ?? String(value))),
  }));
  return leadsTo === null ? fields : [{ name: leadsToName, value: showHidden(leadsTo) }, ...fields];
}

/** A question of the agent's own to people, with what it offers as answers. */
interface OwnQuestion {
  question?: unknown;
  header?: unknown;
  multiSelect?: unknown;
  options?: unknown;
}

const questionsOf = ({ questions }: Record<string, unknown>): OwnQuestion[] =>
  Array.isArray(questions) ? questions.filter(isObject) : [];
const optionsOf = ({ options }: OwnQuestion) => (Array.isArray(options) ? options.filter(isObject) : []);
const textOf = (value: unknown) => showHidden(typeof value === 'string' ? value : '');

/** More buttons under one message would not be looked through. */
const mostChoices = 8;

/** What can be chosen by a button: where one thing is asked, and one answer to it is enough. */
export function choicesOf(input: Record<string, unknown>): string[] {
  const [only, ...others] = questionsOf(input);
  if (!only || others.length > 0 || only.multiSelect === true) return [];
  const labels = optionsOf(only).map(({ label }) => textOf(label).replace(/[\n\t]/g, ' '));
  return labels.length <= mostChoices && labels.every((label) => label.trim() !== '') ? labels : [];
}

/** The agent's own questions, a field for each: what it asks, and the answers that it offers. */
function fieldsOfQuestions(input: Record<string, unknown>): AskedField[] {
  return questionsOf(input).map((one) => ({
    name: textOf(one.header).replace(/[\n\t]/g, ' '),
    value: [
      textOf(one.question),
      ...optionsOf(one).map(({ label, description }) => {
        const more = textOf(description);
        return `• ${textOf(label)}${more === '' || more === textOf(label) ? '' : `: ${more}`}`;
      }),
    ].join('\n'),
  }));
}

/** What a question shows of its input, by the answer that it wants; a shape that is not known is shown as it is. */
export function fieldsByKind(
  kind: 'choice' | 'plan' | undefined,
  input: Record<string, unknown>,
  leadsTo: string | null,
): AskedField[] {
  if (kind === 'choice' && questionsOf(input).length > 0) return fieldsOfQuestions(input);
  if (kind === 'plan' && typeof input.plan === 'string') return [{ name: '', value: showHidden(input.plan) }];
  return fieldsOf(input, leadsTo);
}

/** The fields as far as they fit into a message; `isWhole` says whether all of them do. */
export function fitFields(fields: readonly AskedField[]): { fields: AskedField[]; isWhole: boolean } {
  const units = fields.reduce((sum, { name, value }) => sum + name.length + value.length, 0);
  const isWhole =
    units <= mostUnits && fields.length <= mostFields && fields.every(({ name }) => name.length <= mostNameUnits);
  if (isWhole) return { fields: [...fields], isWhole };
  let left = beginningUnits;
  const shown: AskedField[] = [];
  for (const { name, value } of fields.slice(0, mostFields)) {
    if (left <= 0) break;
    shown.push({ name: cutText(name, mostNameUnits), value: cutText(value, left) });
    left -= shown.at(-1)?.value.length ?? 0;
  }
  return { fields: shown, isWhole };
}

/**
 * The whole as plain text, a line or block for each field. Further lines of a value stand behind a bar, so that no value can
 * look like another field.
 */
export function renderFields(tool: string, fields: readonly AskedField[]): string {
  const lines = fields.map(({ name, value }) =>
    name === '' || value.includes('\n') ? `${name}:\n${value.replace(/^/gm, '│ ')}` : `${name}: ${value}`,
  );
  return `${[`tool: ${showHidden(tool.replace(/[\n\t]/g, ' '))}`, ...lines].join('\n')}\n`;
}
