// Rights as tables: which features a request needs, and who sees, controls and approves what from where.

import { describe, expect, it } from 'vitest';
import { configSchema } from '../../../src/lib/config/schema.ts';
import { parseRequest } from '../../../src/lib/submit/request.ts';
import { personOf } from '../../../src/lib/users/record.ts';
import {
  type AskingChat,
  type Feature,
  featuresNeeded,
  isListed,
  mayAdminister,
  mayApprove,
  mayControl,
  maySee,
  missingFeatures,
  parseFeature,
  requestOf,
} from '../../../src/lib/users/rights.ts';
import { aTask } from '../../support/tasks.ts';
import { aPerson } from './people.ts';

describe('features that a request needs', () => {
  it.each<[Record<string, unknown>, Feature[]]>([
    [{}, []],
    [{ model: 'opus', priority: 'high', effort: 'high', permissionMode: 'plan', timeout: '5m' }, []],
    [{ ali: true }, ['ali']],
    [{ profile: 'other' }, ['ali']],
    [{ agentTeams: true }, ['agent-teams']],
    [{ yolo: true }, ['yolo']],
    [{ allowedTools: 'Bash' }, ['yolo']],
    [{ permissionMode: 'auto' }, ['yolo']],
    [{ workdir: '/srv' }, ['repo']],
    [{ agent: 'codex' }, ['codex']],
    [{ agent: 'mine' }, []],
    [{ ali: true, agentTeams: true, yolo: true, agent: 'codex' }, ['ali', 'agent-teams', 'yolo', 'codex']],
  ])('%j: %j', (options, needed) => {
    expect(featuresNeeded(parseRequest({ prompt: 'x', ...options }, 0))).toEqual(needed);
  });

  it('are those that a task was made with, its own folder apart', () => {
    const task = aTask({ profile: 'ali', agent: 'codex', options: { yolo: true, agent_teams: true }, workdir: '/srv' });
    expect(featuresNeeded(requestOf(task))).toEqual(['ali', 'agent-teams', 'yolo', 'codex']);
    expect(featuresNeeded(requestOf(aTask()))).toEqual([]);
  });

  it('are missing where the person does not have them', () => {
    const request = parseRequest({ prompt: 'x', ali: true, yolo: true }, 0);
    expect(missingFeatures(aPerson({ features: ['ali'] }), request)).toEqual(['yolo']);
    expect(missingFeatures(aPerson(), request)).toEqual(['ali', 'yolo']);
    expect(missingFeatures(aPerson({ features: ['ali', 'yolo'] }), request)).toEqual([]);
  });

  it('are named strictly, with the nearest one', () => {
    expect(parseFeature('agent-teams')).toBe('agent-teams');
    expect(() => parseFeature('yollo')).toThrow(
      expect.objectContaining({ code: 'usage', hint: expect.stringContaining('Did you mean yolo?') }),
    );
    expect(() => parseFeature('everything')).toThrow(expect.objectContaining({ code: 'usage' }));
  });
});

const owner = aPerson({ id: '5' });
const other = aPerson({ id: '6' });
const admin = aPerson({ id: '7', role: 'admin' });
const people = { owner, other, admin };

const ownTask = { user_id: '5', telegram_group: '5' };
const groupTask = { user_id: '5', telegram_group: '-100' };
const shellTask = { user_id: null, telegram_group: null };
const shellGroupTask = { user_id: null, telegram_group: '-100' };
const shellChatTask = { user_id: null, telegram_group: '5' };
const tasks = {
  own: ownTask,
  group: groupTask,
  shell: shellTask,
  'shell to group': shellGroupTask,
  'shell to 5': shellChatTask,
};

const privately = (id: string): AskingChat => ({ id, kind: 'private' });
const group: AskingChat = { id: '-100', kind: 'group' };
const otherGroup: AskingChat = { id: '-200', kind: 'group' };
const upgraded: AskingChat = { id: '-900', kind: 'group', formerIds: ['-100'] };

const closed = configSchema.parse({});
const shared = configSchema.parse({ groups: { '-100': { shared: true } } });

/** Who of owner, other and admin may, in each place, for each task. */
function table(may: (person: typeof owner, task: typeof ownTask, chat: AskingChat) => boolean): string[] {
  const places = { private: null, group, 'other group': otherGroup, upgraded };
  return Object.entries(tasks).flatMap(([name, task]) =>
    Object.entries(places).map(([place, chat]) => {
      const who = Object.entries(people).filter(([, person]) =>
        may(person, task as typeof ownTask, chat ?? privately(person.id)),
      );
      return `${name}, ${place}: ${who.map(([title]) => title).join(' ') || '-'}`;
    }),
  );
}

describe('who may', () => {
  it('see a task', () => {
    expect(table(maySee)).toMatchInlineSnapshot(`
      [
        "own, private: owner admin",
        "own, group: owner admin",
        "own, other group: owner admin",
        "own, upgraded: owner admin",
        "group, private: owner admin",
        "group, group: owner other admin",
        "group, other group: owner admin",
        "group, upgraded: owner other admin",
        "shell, private: admin",
        "shell, group: admin",
        "shell, other group: admin",
        "shell, upgraded: admin",
        "shell to group, private: admin",
        "shell to group, group: owner other admin",
        "shell to group, other group: admin",
        "shell to group, upgraded: owner other admin",
        "shell to 5, private: owner admin",
        "shell to 5, group: owner admin",
        "shell to 5, other group: owner admin",
        "shell to 5, upgraded: owner admin",
      ]
    `);
  });

  it('find it in lists', () => {
    expect(table(isListed)).toMatchInlineSnapshot(`
      [
        "own, private: owner admin",
        "own, group: -",
        "own, other group: -",
        "own, upgraded: -",
        "group, private: owner admin",
        "group, group: owner other admin",
        "group, other group: -",
        "group, upgraded: owner other admin",
        "shell, private: admin",
        "shell, group: -",
        "shell, other group: -",
        "shell, upgraded: -",
        "shell to group, private: admin",
        "shell to group, group: owner other admin",
        "shell to group, other group: -",
        "shell to group, upgraded: owner other admin",
        "shell to 5, private: owner admin",
        "shell to 5, group: -",
        "shell to 5, other group: -",
        "shell to 5, upgraded: -",
      ]
    `);
  });

  it('control it', () => {
    expect(table((person, task, chat) => mayControl(person, task, chat, closed))).toMatchInlineSnapshot(`
      [
        "own, private: owner admin",
        "own, group: owner admin",
        "own, other group: owner admin",
        "own, upgraded: owner admin",
        "group, private: owner admin",
        "group, group: owner admin",
        "group, other group: owner admin",
        "group, upgraded: owner admin",
        "shell, private: admin",
        "shell, group: admin",
        "shell, other group: admin",
        "shell, upgraded: admin",
        "shell to group, private: admin",
        "shell to group, group: admin",
        "shell to group, other group: admin",
        "shell to group, upgraded: admin",
        "shell to 5, private: owner admin",
        "shell to 5, group: owner admin",
        "shell to 5, other group: owner admin",
        "shell to 5, upgraded: owner admin",
      ]
    `);
  });

  it('control it where the group is shared', () => {
    const opened = table((person, task, chat) => mayControl(person, task, chat, shared));
    const before = table((person, task, chat) => mayControl(person, task, chat, closed));
    expect(opened.filter((line) => !before.includes(line))).toMatchInlineSnapshot(`
      [
        "group, group: owner other admin",
        "group, upgraded: owner other admin",
        "shell to group, group: owner other admin",
        "shell to group, upgraded: owner other admin",
      ]
    `);
  });

  it('approve: who may see the task and has the feature', () => {
    const approver = aPerson({ id: '6', features: ['approve'] });
    expect(mayApprove(other, groupTask, group, closed)).toBe(false);
    expect(mayApprove(approver, groupTask, group, closed)).toBe(true);
    expect(mayApprove(approver, groupTask, privately('6'), closed)).toBe(false);
    expect(mayApprove(approver, ownTask, privately('6'), closed)).toBe(false);
    expect(mayApprove(aPerson({ id: '7', role: 'admin', features: [] }), ownTask, privately('7'), closed)).toBe(false);
    expect(mayApprove(personOf('7', undefined, 'admin') as typeof owner, ownTask, privately('7'), closed)).toBe(true);
  });

  it('not approve: the requester, where the settings say so', () => {
    const four = configSchema.parse({ approvals: { notByRequester: true } });
    const asker = aPerson({ id: '5', role: 'admin', features: ['approve'] });
    const second = aPerson({ id: '6', features: ['approve'] });
    expect(mayApprove(asker, groupTask, group, closed)).toBe(true);
    expect(mayApprove(asker, groupTask, group, four)).toBe(false);
    expect(mayApprove(asker, shellChatTask, privately('5'), four)).toBe(false);
    expect(mayApprove(second, groupTask, group, four)).toBe(true);
  });

  it('do nothing: whoever is disabled', () => {
    const gone = aPerson({ id: '5', enabled: false, role: 'admin', features: ['approve'] });
    for (const chat of [privately('5'), group]) {
      expect(maySee(gone, groupTask, chat)).toBe(false);
      expect(mayControl(gone, groupTask, chat, shared)).toBe(false);
      expect(mayApprove(gone, groupTask, chat, closed)).toBe(false);
    }
    expect(mayAdminister(gone)).toBe(false);
    expect([mayAdminister(admin), mayAdminister(owner)]).toEqual([true, false]);
  });
});
