// Files that people send: whatever they are called, they become plain files of one folder, where the agent works.

import fs from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { maxFetchBytes, safeName } from '../../../src/lib/telegram/files-in.ts';
import type { IncomingFile } from '../../../src/lib/telegram/incoming.ts';
import { openBotStage } from '../../support/bot-stage.ts';

const named = (name: string | null, taken: string[] = []) => safeName({ kind: 'document', name }, 0, new Set(taken));

describe('a safe name', () => {
  it.each([
    ['report.pdf', 'report.pdf'],
    ['../../etc/passwd', 'passwd'],
    ['C:\\Users\\x\\a.txt', 'a.txt'],
    ['.ssh', 'ssh'],
    ['-rf', 'rf'],
    ['报告 最终.pdf', '报告 最终.pdf'],
    ['a\u0000b\u202egpj.exe', 'a_b_gpj.exe'],
    ['', 'document-1'],
    ['///', 'document-1'],
    ['.tar.gz', 'tar.gz'],
    [`${'-.'.repeat(50)}x.txt`, 'x.txt'],
    [`${'报'.repeat(300)}.pdf`, `${'报'.repeat(66)}.pdf`],
    [null, 'document-1'],
  ])('of %j is %j', (given, safe) => expect(named(given)).toBe(safe));

  it('is not taken twice', () => expect(named('a.txt', ['a.txt', 'a-2.txt'])).toBe('a-3.txt'));

  it('is always one plain name', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (name) => {
        const safe = named(name);
        expect(safe).toMatch(/^[^./\\\s-][^/\\\p{Cc}]*$/u);
        expect([...safe].length).toBeLessThanOrEqual(90);
      }),
    );
  });
});

const users = { 5: { enabled: true, allowed_features: ['files'] } };
const aFile = (fields: Partial<IncomingFile> = {}): IncomingFile => {
  return { fileId: 'f1', kind: 'document', name: 'a.txt', mimeType: null, size: 4, ...fields };
};

describe('files of a message', () => {
  it('lie in the workspace of the new task, and the prompt says where', async () => {
    const stage = openBotStage({ users });
    stage.telegramFiles.set('f1', Buffer.from('TEXT'));
    await stage.says('/cad read it', {
      files: [aFile(), aFile({ name: 'a.txt' }), aFile({ kind: 'photo', name: null })],
    });
    const [taskId] = stage.home.tasks.ids('5') as [string];
    const folder = path.join(stage.home.paths.workspace('5', taskId), 'attachments');
    expect(fs.readdirSync(folder).sort()).toEqual(['a-2.txt', 'a.txt', 'photo-3.jpg']);
    expect(stage.home.tasks.load(taskId).prompt).toBe(
      `read it\n\nFiles that came with this request:\n- ${folder}/a.txt\n- ${folder}/a-2.txt\n- ${folder}/photo-3.jpg`,
    );
    expect(stage.sentSince(0)).toEqual([]);
  });

  it('alone are a request, too', async () => {
    const stage = openBotStage({ users });
    stage.telegramFiles.set('f1', Buffer.from('TEXT'));
    await stage.says('', { files: [aFile()] });
    const [taskId] = stage.home.tasks.ids('5') as [string];
    expect(stage.home.tasks.load(taskId).task_name).toBe('Look at the files that came with this r…');
  });

  it('need the right to send any', async () => {
    const stage = openBotStage();
    expect(await stage.says('read it', { files: [aFile()] })).toEqual(['You may not use: files. Ask an admin for it.']);
    expect(stage.calls.map(({ method }) => method)).toEqual(['sendMessage']);
  });

  it('that are too big, or cannot be had, make no task and leave nothing', async () => {
    const stage = openBotStage({ users: { 5: { ...users[5], quota: { daily: 1 } } } });
    const big = aFile({ name: 'film_1.mkv', size: maxFetchBytes + 1 });
    expect(await stage.says('/cad watch', { files: [aFile(), big] })).toEqual([
      'film_1.mkv is 20 MB; a bot can fetch 20 MB at most. No task was made.',
    ]);
    expect(await stage.says('/cad read', { files: [aFile({ fileId: 'gone' })] })).toEqual([
      'I could not fetch the files, so no task was made. Send them once more.',
    ]);
    expect(fs.readdirSync(path.join(stage.home.paths.workspaces, '5'))).toEqual([]);
    // What was taken from the quota is given back.
    stage.telegramFiles.set('f1', Buffer.from('TEXT'));
    stage.fails('downloadFile', { kind: 'ambiguous' }, { kind: 'rate', retryAfterMs: 9000 });
    expect(await stage.says('/cad read', { files: [aFile()] })).toEqual([]);
    expect(stage.home.tasks.ids('5')).toHaveLength(1);
  });

  it('are waited for while the network fails; a message is lost only after its sender was told', async () => {
    const stage = openBotStage({ users });
    stage.telegramFiles.set('f1', Buffer.from('TEXT'));
    const fails = (times: number) => stage.fails('downloadFile', ...Array(times).fill({ kind: 'refused' }));
    fails(12);
    expect(await stage.says('/cad read it', { files: [aFile()] })).toEqual([]);
    expect(stage.home.tasks.ids('5')).toHaveLength(1);

    fails(99);
    expect(await stage.says('/cad read on', { files: [aFile()] })).toEqual([
      'I could not fetch the files, so no task was made. Send them once more.',
    ]);
    fails(99);
    stage.fails('sendMessage', ...Array(9).fill({ kind: 'refused' }));
    await expect(stage.says('/cad read on', { files: [aFile()] })).rejects.toThrow('sendMessage: refused');
    expect(stage.home.tasks.ids('5')).toHaveLength(1);
  });

  it('of an answer lie where the agent works already, never behind a link that leads out', async () => {
    const stage = openBotStage({ users });
    stage.telegramFiles.set('f1', Buffer.from('TEXT'));
    const task = await stage.hasTask({ status: 'completed', agent_session_id: 'c-1' });
    const replyTo = { messageId: 1, isOurs: true, text: task.task_id };
    await stage.says('read it', { files: [aFile()], replyTo, messageId: 321 });
    const folder = path.join(task.workdir, 'attachments/321');
    expect(fs.readFileSync(path.join(folder, 'a.txt'), 'utf8')).toBe('TEXT');

    const victim = path.join(stage.home.outside, 'victim.txt');
    fs.writeFileSync(victim, 'OLD');
    fs.rmSync(path.join(folder, 'a.txt'));
    fs.symlinkSync(victim, path.join(folder, 'a.txt'));
    await stage.says('read it', { files: [aFile()], replyTo, messageId: 321 });
    expect(fs.readFileSync(victim, 'utf8')).toBe('OLD');

    fs.rmSync(path.join(task.workdir, 'attachments'), { recursive: true });
    fs.symlinkSync(stage.home.outside, path.join(task.workdir, 'attachments'));
    const before = stage.home.tasks.ids('5').length;
    const [answer] = await stage.says('read it', { files: [aFile()], replyTo, messageId: 322 });
    expect(answer).toContain("leads out of the task's folder.");
    expect(stage.home.tasks.ids('5')).toHaveLength(before);
    expect(fs.existsSync(path.join(stage.home.outside, '322/a.txt'))).toBe(false);
  });
});
