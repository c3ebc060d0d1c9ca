// A bot's stage on which an admin adds an account by dialogue.

import { expect } from 'vitest';
import { ada, type BotStage, openBotStage, type StageRequest } from './bot-stage.ts';
import { filesWith } from './e2e.ts';

export const secret = 'sk-ant-a-secret-of-the-dialogue-0123456789';
const root = { ...ada, id: '9', name: 'Root' };
export const asRoot = { from: root, chat: { id: '9', kind: 'private' as const, title: null } };
export const inGroup = { from: root, chat: { id: '-70', kind: 'group' as const, title: 'Team' } };

export interface AddingStage extends BotStage {
  /** The admin writes; gives the only answer. */
  writes(text: string, fields?: object): Promise<string>;
  /** The admin presses the newest button that says so; gives what was sent. */
  taps(label: string, fields?: object): Promise<string[]>;
  /** The data of that button. */
  dataOf(label: string): string;
  deleted(): unknown[];
}

export function openStage(request: StageRequest = {}): AddingStage {
  const stage = openBotStage(request);
  const dataOf = (label: string) => {
    const rows = stage.calls.flatMap(({ request: { markup } }) => {
      return (markup as { inline_keyboard?: { text: string; callback_data: string }[][] })?.inline_keyboard ?? [];
    });
    const found = rows.flat().findLast(({ text }) => text === label);
    if (!found) throw new Error(`no button ${label}`);
    return found.callback_data;
  };
  return {
    ...stage,
    dataOf,
    async writes(text, fields = {}) {
      const [said = '', ...more] = await stage.says(text, { ...asRoot, ...fields });
      expect(more).toEqual([]);
      return said;
    },
    async taps(label, fields = {}) {
      const from = stage.calls.length;
      expect(await stage.presses(dataOf(label), { ...asRoot, ...fields })).toBe('');
      return stage.sentSince(from);
    },
    deleted: () => stage.calls.flatMap(({ method, request: one }) => (method === 'deleteMessage' ? [one] : [])),
  };
}

const steps = ['name', 'agent', 'kind', 'url', 'secret', 'priority'] as const;

/** A stage whose dialogue asks for this. */
export async function openAt(step: (typeof steps)[number], request: StageRequest = {}): Promise<AddingStage> {
  const stage = openStage(request);
  await stage.says('/accounts', asRoot);
  const { here, url } = request.users ? { here: '💬 还是在这里添加', url: '🌐 Base URL 和密钥' } : english;
  const answers = [
    () => stage.taps(here),
    () => stage.writes('main'),
    () => stage.taps('claude'),
    () => stage.taps(url),
    () => stage.writes('https://api.example.com'),
    () => stage.writes(secret, { messageId: 777 }),
  ];
  for (const answer of answers.slice(0, steps.indexOf(step) + 1)) await answer();
  return stage;
}
export const english = { here: '💬 Add one here after all', url: '🌐 Base URL and key' };
export const dialogueOf = ({ parts }: BotStage) => parts.dialogues.find('9');

/** The secret is in no file, request or answer. */
export function expectSafe(stage: BotStage): void {
  expect(filesWith(stage.home.home, [secret])).toEqual([]);
  expect(JSON.stringify(stage.calls)).not.toContain(secret);
}
