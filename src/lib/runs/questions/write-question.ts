/** Writes a question of an agent down and puts it into the outbox: the same for one that comes through a hook and one in the agent's stream. */

import { basename, dirname, join, resolve } from 'node:path';
import type { Files } from '../../adapters/files.ts';
import { isObject } from '../../format/json.ts';
import { fieldsByKind, fitFields, renderFields } from '../../notifications/asked-fields.ts';
import { keyOf } from '../../outbox/entry.ts';
import type { Outbox } from '../../outbox/store.ts';
import type { Approval, Approvals, NewApproval } from '../../tasks/approvals.ts';
import { questionEntry, type ToldTask } from '../told.ts';

/** The same value with each text in it masked, names of fields included. */
function maskAll(value: unknown, mask: (text: string) => string): unknown {
  if (typeof value === 'string') return mask(value);
  if (Array.isArray(value)) return value.map((one) => maskAll(one, mask));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [mask(name), maskAll(one, mask)]));
}

/** A tool's input as people see it. */
export function maskInput(input: Record<string, unknown>, mask: (text: string) => string): Record<string, unknown> {
  return maskAll(input, mask) as Record<string, unknown>;
}

const pathFields = ['file_path', 'notebook_path', 'path'];

/** Where the path of a tool's input really leads, where a link makes that another one: nobody should be asked for `notes.txt` and mean a key. */
export function leadsTo({ files }: { files: Files }, input: Record<string, unknown>, cwd: string): string | null {
  const given = pathFields.map((name) => input[name]).find((value) => typeof value === 'string');
  if (typeof given !== 'string' || given.includes('\0')) return null;
  const path = resolve(cwd, given);
  const folder = files.realPath(dirname(path));
  const real = files.realPath(path) ?? (folder === null ? null : join(folder, basename(path)));
  return real === null || real === path ? null : real;
}

/** Writes the question down, durable, and tells it in its task's chat. */
export async function writeQuestion(
  { outbox }: { outbox: Outbox },
  approvals: Approvals,
  task: ToldTask,
  question: NewApproval,
): Promise<Approval> {
  const approval = await approvals.ask(question);
  await tellQuestion({ outbox }, approvals, task, approval);
  return approval;
}

/** Tells a question that was written down. May be done again. */
export async function tellQuestion(
  { outbox }: { outbox: Outbox },
  approvals: Approvals,
  task: ToldTask,
  approval: Approval,
): Promise<void> {
  const fields = fieldsByKind(approval.kind, approval.input, approval.leads_to);
  const isLong = !fitFields(fields).isWhole;
  const file = isLong ? await approvals.saveText(approval, renderFields(approval.tool, fields)) : null;
  const entry = questionEntry(task, approval, file);
  if (entry) await outbox.announce(entry, keyOf(entry.notification));
}
