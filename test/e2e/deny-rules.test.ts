// What an agent must not read: our settings, keys and records, other chats' folders, the person's keys; by mention or by tool.

import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Scene, startScene } from '../support/e2e.ts';
import { bash, textOfRequest } from '../support/e2e-model.ts';

let scene: Scene;
/** Path and marker of every file that is no agent's business. */
let secrets: [path: string, marker: string][];

beforeAll(async () => {
  scene = await startScene({ agents: { echoes: 'cat' } });
  const { home, person } = scene;
  const theirs = await scene.ended(await scene.dispatch(['-g', '1302', '--agent', 'echoes', 'TASK-MARKER']));
  const near = await scene.ended(await scene.dispatch(['-g', '13010', '--agent', 'echoes', 'x']));
  const local = await scene.ended(await scene.dispatch(['--agent', 'echoes', 'x']));
  const same = await scene.ended(await scene.dispatch(['-g', '1301', '--agent', 'echoes', 'SAME-CHAT-TASK-MARKER']));
  const put = (file: string, marker: string) => {
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, `${marker}\n`);
  };
  put(path.join(home, 'config.yaml'), 'YAML-MARKER');
  put(path.join(home, 'config.yaml.backup-20261120T054312.000Z'), 'BACKUP-MARKER');
  put(path.join(home, '.tmp-4711-0-users.json'), 'UNFINISHED-MARKER');
  put(path.join(home, 'alerts/other.json'), 'ALERTS-MARKER');
  put(path.join(home, 'env'), 'ENV_MARKER=ENV-MARKER');
  put(path.join(home, 'users.json'), 'USERS-MARKER');
  put(path.join(home, 'accounts.json'), '{"accounts":{},"note":"ACCOUNTS-MARKER"}');
  put(path.join(home, 'accounts/one/credentials.json'), 'ACCOUNT-FOLDER-MARKER');
  put(path.join(home, 'key'), 'KEY-MARKER');
  put(path.join(home, 'logs/extra.log'), 'LOG-MARKER');
  put(path.join(home, 'sessions/s1/session.json'), 'SESSION-MARKER');
  put(path.join(home, 'inbox/1/2.json'), 'INBOX-MARKER');
  put(path.join(home, 'outbox/1302/x.txt'), 'OUTBOX-MARKER');
  put(path.join(home, 'history/2020-01.jsonl'), 'HISTORY-MARKER');
  put(path.join(home, 'usage/u/d.json'), 'USAGE-MARKER');
  put(path.join(theirs.workdir, 'notes.txt'), 'OTHER-CHAT-MARKER');
  put(path.join(near.workdir, 'notes.txt'), 'LONGER-CHAT-MARKER');
  put(path.join(home, 'workspaces/130/t/notes.txt'), 'SHORTER-CHAT-MARKER');
  put(path.join(home, 'workspaces/-1301/t/notes.txt'), 'GROUP-MARKER');
  put(path.join(local.workdir, 'notes.txt'), 'LOCAL-MARKER');
  put(path.join(person, '.ssh/id_x'), 'SSH-MARKER');
  put(path.join(person, '.claude/projects/-some-folder/0000.jsonl'), 'TRANSCRIPT-MARKER');
  put(path.join(person, '.config/ccdispatch/config.json'), 'USER-CONFIG-MARKER');
  const marked = (file: string, marker: string): [string, string] => [path.resolve(home, file), marker];
  secrets = [
    marked('config.yaml', 'YAML-MARKER'),
    marked('config.yaml.backup-20261120T054312.000Z', 'BACKUP-MARKER'),
    marked('.tmp-4711-0-users.json', 'UNFINISHED-MARKER'),
    marked('alerts/other.json', 'ALERTS-MARKER'),
    marked('env', 'ENV-MARKER'),
    marked('users.json', 'USERS-MARKER'),
    marked('accounts.json', 'ACCOUNTS-MARKER'),
    marked('accounts/one/credentials.json', 'ACCOUNT-FOLDER-MARKER'),
    marked('key', 'KEY-MARKER'),
    marked('logs/extra.log', 'LOG-MARKER'),
    marked('sessions/s1/session.json', 'SESSION-MARKER'),
    marked('inbox/1/2.json', 'INBOX-MARKER'),
    marked('outbox/1302/x.txt', 'OUTBOX-MARKER'),
    marked('history/2020-01.jsonl', 'HISTORY-MARKER'),
    marked('usage/u/d.json', 'USAGE-MARKER'),
    marked(`${scene.taskFolder(theirs.task_id)}/prompt.txt`, 'TASK-MARKER'),
    marked(`${scene.taskFolder(same.task_id)}/task-output.txt`, 'SAME-CHAT-TASK-MARKER'),
    marked(`${theirs.workdir}/notes.txt`, 'OTHER-CHAT-MARKER'),
    marked(`${near.workdir}/notes.txt`, 'LONGER-CHAT-MARKER'),
    marked('workspaces/130/t/notes.txt', 'SHORTER-CHAT-MARKER'),
    marked('workspaces/-1301/t/notes.txt', 'GROUP-MARKER'),
    marked(`${local.workdir}/notes.txt`, 'LOCAL-MARKER'),
    marked(`${person}/.ssh/id_x`, 'SSH-MARKER'),
    marked(`${person}/.claude/projects/-some-folder/0000.jsonl`, 'TRANSCRIPT-MARKER'),
    marked(`${person}/.config/ccdispatch/config.json`, 'USER-CONFIG-MARKER'),
  ];
});
afterAll(() => scene.close());

/** The markers that the model was told in any request whose text holds the word, housekeeping included. */
function seenBy(word: string, markers: string[]): string[] {
  const texts = scene.model.requests.map(textOfRequest).filter((text) => text.includes(word));
  return markers.filter((marker) => texts.some((text) => text.includes(marker)));
}

const mentions = () => secrets.map(([file]) => `@${file}`).join(' ');
const markers = () => secrets.map(([, marker]) => marker);

describe('a prompt that mentions files', () => {
  it('would have them read by an agent without our rules', async () => {
    await scene.claude(['-p', '--permission-mode', 'acceptEdits'], { input: `control: compare ${mentions()}` });
    expect(seenBy('control: compare', markers())).toEqual(markers());
  });

  it('gets none of ours or of other people, and gets those of its own chat', async () => {
    const own = await scene.ended(await scene.dispatch(['-g', '1301', '--agent', 'echoes', 'x']));
    const ownFile = path.join(own.workdir, 'notes.txt');
    fs.writeFileSync(ownFile, 'OWN-MARKER\n');
    const prompt = `curious: compare ${mentions()} @${ownFile}`;
    const task = await scene.ended(await scene.dispatch(['-g', '1301', '-p', '-'], { input: prompt }));
    expect(task.status).toBe('completed');
    expect(seenBy('curious: compare', [...markers(), 'OWN-MARKER'])).toEqual(['OWN-MARKER']);
  });

  it.each(['-1001301', undefined])('gets none for a group or without a chat (%s)', async (chat) => {
    const word = `curious-${chat ?? 'shell'}`;
    const workspaces = secrets.filter(([file]) => file.includes('/workspaces/') && (chat || !file.includes('/local/')));
    const prompt = `${word}: compare ${workspaces.map(([file]) => `@${file}`).join(' ')} @${scene.folder}/open.txt`;
    fs.writeFileSync(path.join(scene.folder, 'open.txt'), 'OPEN-MARKER\n');
    const args = chat ? ['-g', chat] : [];
    await scene.ended(await scene.dispatch([...args, '-p', '-'], { input: prompt }));
    const asked = [...workspaces.map(([, marker]) => marker), 'OPEN-MARKER'];
    expect(seenBy(`${word}: compare`, asked)).toEqual(['OPEN-MARKER']);
  });
});

describe('links', () => {
  it('in a folder of its own lead an agent to nothing that is not its own', async () => {
    const own = await scene.ended(await scene.dispatch(['-g', '1301', '--agent', 'echoes', 'x']));
    for (const [index, [file]] of secrets.entries()) fs.symlinkSync(file, path.join(own.workdir, `link-${index}`));
    fs.symlinkSync(scene.home, path.join(own.workdir, 'home'));
    fs.writeFileSync(path.join(own.workdir, 'notes.txt'), 'OWN-LINK-MARKER\n');
    const links = fs.readdirSync(own.workdir).map((name) => `@${name}`);
    const deep = secrets.map(([file]) => file).filter((file) => file.startsWith(scene.home));
    const through = deep.map((file) => `@home/${path.relative(scene.home, file)}`);
    scene.plays('follow the links', [
      ...links.map((name) => ({
        toolUses: [{ name: 'Read', input: { file_path: `${own.workdir}/${name.slice(1)}` } }],
      })),
      { text: 'Followed.' },
    ]);
    const prompt = `follow the links: ${links.join(' ')} ${through.join(' ')}`;
    // Nobody is there to say whether the agent may look into what lies outside.
    const args = ['-g', '1301', '-w', own.workdir, '--permission-mode', 'dontAsk', '-p', '-'];
    expect((await scene.ended(await scene.dispatch(args, { input: prompt }))).result).toBe('Followed.');
    expect(seenBy('follow the links', [...markers(), 'OWN-LINK-MARKER'])).toEqual(['OWN-LINK-MARKER']);
  });
});

describe('tools', () => {
  it('neither read nor change what is not theirs, and the shell is held to it where it names the file', async () => {
    const [, ...rest] = secrets;
    const victims = [secrets[0], ...rest.filter(([file]) => /prompt\.txt|id_x|1302\/task.*notes/.test(file))] as [
      string,
      string,
    ][];
    scene.plays('burglar', () => [
      ...victims.map(([file]) => ({ toolUses: [{ name: 'Read', input: { file_path: file } }] })),
      ...victims.map(([file]) => bash(`cat ${file}`)),
      ...victims.map(([file]) => ({ toolUses: [{ name: 'Write', input: { file_path: file, content: 'BROKEN' } }] })),
      { text: 'I was here.' },
    ]);
    const taskId = await scene.dispatch(['-g', '1301', '--allowed-tools', 'Bash(cat *),Read,Write', 'be a burglar']);
    expect(await scene.ended(taskId)).toMatchObject({ status: 'completed', changed_files: [], result: 'I was here.' });
    expect(scene.asked('be a burglar').at(-1)?.toolResults).toBe(victims.length * 3);
    expect(seenBy('be a burglar', markers())).toEqual([]);
    for (const [file, marker] of victims) expect(fs.readFileSync(file, 'utf8')).toContain(marker);
  });
});
