// Telegram's menus of commands: who gets which, in which language, and that a network that fails only delays them.

import { describe, expect, it } from 'vitest';
import { botCommands } from '../../../src/lib/telegram/commands.ts';
import { setMenus } from '../../../src/lib/telegram/menus.ts';
import { type BotStage, openBotStage } from '../../support/bot-stage.ts';

const han = /\p{Script=Han}/u;

interface Menu {
  scope: unknown;
  languageCode?: string;
  commands: { command: string; description: string }[];
}

/** What was set last: for whom, for clients of which language, in which language, and whether it has what only admins may use. */
function menusIn({ calls }: BotStage): Record<string, string> {
  const menus = calls.flatMap(({ method, request }) =>
    method === 'setMyCommands' ? [request as unknown as Menu] : [],
  );
  const language = ({ commands }: Menu) => (commands.every(({ description }) => han.test(description)) ? 'zh' : 'en');
  return Object.fromEntries(
    menus.map((menu) => [
      `${JSON.stringify(menu.scope)} ${menu.languageCode ?? 'else'}`,
      `${language(menu)}${menu.commands.some(({ command }) => command === 'users') ? ', of admins' : ''}`,
    ]),
  );
}

const all = {
  '"private" else': 'en',
  '"private" zh': 'zh',
  '"groups" else': 'en',
  '"groups" zh': 'zh',
  '{"chatId":"9"} else': 'en, of admins',
  '{"chatId":"9"} zh': 'zh, of admins',
};
const set = (stage: BotStage, signal = new AbortController().signal) => setMenus(stage.parts, botCommands, signal);

describe('the menus', () => {
  it('are one for each kind of chat and each admin, in both languages', async () => {
    const stage = openBotStage();
    await set(stage);
    expect(menusIn(stage)).toEqual(all);
  });

  it('are in the language that an admin has chosen, or in the only one that the bot speaks', async () => {
    const chosen = openBotStage({ users: { 9: { name: 'Root', enabled: true, role: 'admin', language: 'zh' } } });
    await set(chosen);
    expect(menusIn(chosen)).toMatchObject({ '{"chatId":"9"} else': 'zh, of admins', '"private" else': 'en' });
    const only = openBotStage({ config: { language: 'zh' } });
    await set(only);
    expect(new Set(Object.values(menusIn(only)))).toEqual(new Set(['zh', 'zh, of admins']));
  });

  it('of a person follow what he chooses, in his private chat alone', async () => {
    const stage = openBotStage();
    await stage.says('/lang zh', { chat: { id: '-5', kind: 'group', title: null } });
    expect(menusIn(stage)).toEqual({});
    await stage.says('/lang zh');
    expect(menusIn(stage)).toEqual({ '{"chatId":"5"} else': 'zh', '{"chatId":"5"} zh': 'zh' });
    stage.fails('setMyCommands', { kind: 'rejected' });
    expect(await stage.says('/lang en')).toEqual(['I speak English with you now.']);
  });

  it('are set although the network fails for a while, or an admin never spoke to the bot', async () => {
    const stage = openBotStage({ users: { 9: { enabled: true, role: 'admin' }, 8: { enabled: true, role: 'admin' } } });
    const passing = [{ kind: 'refused' }, { kind: 'rate', retryAfterMs: 90_000 }, { kind: 'ambiguous' }] as const;
    stage.fails('setMyCommands', ...passing, ...passing);
    const began = stage.clock.now();
    await set(stage);
    expect(stage.clock.now() - began).toBeGreaterThan(180_000);
    const ofNine = { '{"chatId":"8"} else': 'en, of admins', '{"chatId":"8"} zh': 'zh, of admins' };
    expect(menusIn(stage)).toEqual({ ...all, ...ofNine });

    const other = openBotStage({ users: { 8: { enabled: true, role: 'admin' }, 9: { enabled: true, role: 'admin' } } });
    const calls = other.parts.api.setMyCommands;
    other.parts.api.setMyCommands = async (menu) => {
      if (typeof menu.scope === 'object' && menu.scope.chatId === '8')
        other.fails('setMyCommands', { kind: 'rejected' });
      await calls(menu);
    };
    await set(other);
    expect(menusIn(other)).toMatchObject(all);
  });

  it('are given up where Telegram does not take them, or the bot stops', async () => {
    const stage = openBotStage();
    stage.fails('setMyCommands', { kind: 'rejected' });
    await set(stage);
    expect(stage.calls).toHaveLength(1);
    await set(stage, AbortSignal.abort());
    expect(stage.calls).toHaveLength(1);
  });
});
