// The audit log keeps every line, and gives the latest ones from however long a file.

import fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createAudit } from '../../../src/lib/users/audit.ts';
import { makeHome } from '../../support/home.ts';

const now = Date.parse('2026-11-20T06:00:00Z');

function openAudit() {
  const home = makeHome();
  return { home, audit: createAudit({ ...home, clock: { now: () => now } }) };
}

const refused = (user: string, detail = {}) => ({ by: user, act: 'refused', user, detail }) as const;

describe('the audit log', () => {
  it('is empty where nothing happened', () => expect(openAudit().audit.latest(5)).toEqual([]));

  it('has a line of JSON for each thing', async () => {
    const { home, audit } = openAudit();
    await audit.add({ by: 'shell', act: 'add', user: '5', detail: { role: 'user' } });
    await audit.add(refused('6', { missing: ['yolo'] }));
    expect(fs.readFileSync(home.paths.audit, 'utf8')).toBe(
      '{"at":"2026-11-20T06:00:00.000Z","by":"shell","act":"add","user":"5","detail":{"role":"user"}}\n' +
        '{"at":"2026-11-20T06:00:00.000Z","by":"6","act":"refused","user":"6","detail":{"missing":["yolo"]}}\n',
    );
    expect(fs.statSync(home.paths.audit).mode & 0o777).toBe(0o600);
  });

  it('gives the latest ones first, of a file of many blocks', async () => {
    const { home, audit } = openAudit();
    await audit.add(refused('1'));
    const line = (n: number) =>
      `${JSON.stringify({ at: 'x', ...refused(String(n), { text: '多'.repeat(n % 700) }) })}\n`;
    const ids = Array.from({ length: 500 }, (_, index) => index + 2);
    fs.appendFileSync(home.paths.audit, ids.map(line).join(''));
    expect(fs.statSync(home.paths.audit).size).toBeGreaterThan(3 * 64 * 1024);
    expect(audit.latest(1000).map(({ user }) => Number(user))).toEqual([...ids.reverse(), 1]);
    expect(audit.latest(2).map(({ user }) => user)).toEqual(['501', '500']);
    expect(audit.latest(2, ({ user }) => user.endsWith('7')).map(({ user }) => user)).toEqual(['497', '487']);
    expect(audit.latest(0)).toEqual([]);
  });

  it('passes over torn lines, and begins a new one after them', async () => {
    const { home, audit } = openAudit();
    await audit.add(refused('1'));
    fs.appendFileSync(home.paths.audit, '{"at":"2026-1');
    await audit.add(refused('2'));
    fs.appendFileSync(home.paths.audit, 'noise\n[]\nnull\n\n');
    expect(audit.latest(9).map(({ user }) => user)).toEqual(['2', '1']);
  });
});
