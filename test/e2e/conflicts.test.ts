// Tasks on one repository that change the same file, with real git and the real agent: the later one waits, and goes on upon the other's work.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Scene, startScene, until } from '../support/e2e.ts';
import { edits, lines, type Meetings, openMeetings, patience, shared } from '../support/e2e-conflicts.ts';
import { bash, countIn, makeGate } from '../support/e2e-model.ts';
import { gitIn } from '../support/work-repository.ts';

let scene: Scene;
let meetings: Meetings;
beforeAll(async () => {
  scene = await startScene({ hasBotInConfig: true });
  meetings = openMeetings(scene);
});
const timeout = 120_000;
afterAll(async () => {
  meetings.openAll();
  await scene.close();
});

describe('four tasks on one repository', () => {
  it('two meet in a file: the later waits, goes on upon the merged work of the earlier, and all comes into one line', {
    timeout,
  }, async () => {
    const repo = meetings.makeRepo('orchestra');
    for (const word of ['trumpet', 'trombone']) {
      scene.plays(word, ({ cwd }) => [
        { toolUses: [{ name: 'Write', input: { file_path: `${cwd}/${word}.txt`, content: `${word}\n` } }] },
        { text: `The ${word} is done.` },
      ]);
    }
    const { gate, earlier, later } = await meetings.meet({
      ...{ repo, chat: '901', first: 'violin', second: 'cello', secondLine: 8 },
      later: ({ cwd }) => [
        { toolUses: [{ name: 'Write', input: { file_path: `${cwd}/cello.txt`, content: 'more\n' } }] },
        { text: 'The cello went on.' },
      ],
    });
    const others = [await meetings.dispatch(repo, '901', 'trumpet'), await meetings.dispatch(repo, '901', 'trombone')];
    const task = await meetings.held(later);
    expect(task).toMatchObject({ reason: 'conflict', runs: [{ outcome: 'paused' }] });
    expect(task.result).toBe(`${shared} — “task v” (${earlier})`);
    const why = await scene.cli(['tasks', 'why', later]);
    expect(why.stdout).toContain(earlier);
    expect(why.stdout).toContain(shared);
    const show = await scene.cli(['tasks', 'show', later]);
    expect(show.stdout).toMatch(new RegExp(`waits for +It waits for ${earlier}.*tasks resume ${later}`));
    for (const id of others) expect(await meetings.ended(id)).toMatchObject({ status: 'completed', runs: [{ n: 1 }] });
    expect(scene.task(earlier).status).toBe('running');
    gate.open();
    expect(await meetings.ended(earlier)).toMatchObject({ status: 'completed', runs: [{ n: 1 }] });
    expect(await meetings.ended(later)).toMatchObject({
      status: 'completed',
      result: 'The cello went on.',
      agent_session_id: task.agent_session_id,
      runs: [{ outcome: 'paused' }, { outcome: 'completed' }],
    });
    await meetings.landed(later);
    expect(gitIn(repo, 'show', `main:${shared}`)).toBe(
      lines.replace('line 2', 'line of the violin').replace('line 8', 'line of the cello'),
    );
    expect(gitIn(repo, 'ls-tree', '--name-only', 'main').split('\n')).toEqual(
      expect.arrayContaining(['cello.txt', 'trombone.txt', 'trumpet.txt']),
    );
    expect(gitIn(repo, 'rev-list', '--merges', 'main')).toBe('');
    expect(gitIn(repo, 'fsck', '--no-dangling')).toBe('');
    const request = meetings.toldOnce('cello');
    expect(request?.sessionText).toMatch(/^You were interrupted/);
    expect(request?.sessionText).toContain(`"task v" (${earlier})`);
    expect(request?.sessionText).toContain(`"${shared}"`);
    expect(request?.sessionText).toContain('The violin is done.');
    expect(request?.sessionText).toContain(gitIn(repo, 'log', '--format=%H', '-1', '--grep=task v', 'main'));
    expect(countIn(request, 'play the cello')).toBe(1);
    await scene.told('901');
    const said = scene.bot.messages('901').map(({ text }) => text);
    const pause = said.find((text) => text.startsWith('⏸') && text.includes('\n'));
    expect(pause).toContain(`${shared} — “task v” (${earlier})`);
  });
});

describe('an earlier task that is not merged', () => {
  it('lets the later one go on at once, and never makes it wait again', { timeout }, async () => {
    const repo = meetings.makeRepo('quartet');
    const { gate, earlier, later } = await meetings.meet({
      ...{ repo, chat: null, first: 'flute', second: 'oboe', secondLine: 5 },
      later: ({ cwd }) => [...edits(cwd, 6, 'another line of the oboe'), { text: 'The oboe went on.' }],
    });
    await meetings.held(later);
    expect((await scene.cli(['tasks', 'pause', earlier])).exitCode).toBe(0);
    expect(await meetings.ended(later)).toMatchObject({
      status: 'completed',
      result: 'The oboe went on.',
      runs: [{}, {}],
    });
    expect(scene.asked('play the oboe').at(-1)?.sessionText).not.toContain('other work came');
    expect(scene.task(earlier)).toMatchObject({ status: 'paused', reason: 'user' });
    gate.open();
    await scene.cli(['tasks', 'cancel', earlier]);
  });

  it('failing: the same', { timeout }, async () => {
    const repo = meetings.makeRepo('quintet');
    const { earlier, later } = await meetings.meet({
      repo,
      chat: null,
      first: 'viola',
      second: 'bassoon',
      secondLine: 5,
    });
    await meetings.held(later);
    process.kill(-scene.latestRun(earlier).pid, 'SIGKILL');
    expect(await meetings.ended(earlier)).toMatchObject({ status: 'failed' });
    expect(await meetings.ended(later)).toMatchObject({ status: 'completed', result: 'The bassoon went on.' });
  });
});

describe('a file changed by a command of the agent', () => {
  it('is seen by git, and makes the later task wait', { timeout }, async () => {
    const repo = meetings.makeRepo('octet');
    const gate = makeGate();
    const steps = [bash(`printf 'line 10\\n' >> ${shared}; rm -f a.txt`), { text: 'The tuba is done.' }];
    scene.plays('tuba', steps, { before: ({ toolResults }) => (toolResults > 0 ? gate.opened : undefined) });
    const earlier = await scene.dispatch(['-n', 'tuba', '--repo', repo, '--allowed-tools', 'Bash', 'play the tuba']);
    await until(
      'the tuba to be asked for',
      () => scene.asked('play the tuba').some((one) => one.toolResults > 0),
      patience,
    );
    scene.plays('lute', ({ cwd }) => [
      { toolUses: [{ name: 'Read', input: { file_path: `${cwd}/a.txt` } }] },
      { toolUses: [{ name: 'Edit', input: { file_path: `${cwd}/a.txt`, old_string: 'one', new_string: 'eins' } }] },
      bash('sleep 20'),
      { text: 'The lute is done.' },
    ]);
    const later = await scene.dispatch(['-n', 'lute', '--repo', repo, '--allowed-tools', 'Bash', 'play the lute']);
    // What was deleted counts as changed.
    expect((await meetings.held(later)).result).toBe(`a.txt — “tuba” (${earlier})`);
    gate.open();
    await meetings.ended(earlier);
    // One side deleted the file, the other changed it: that does not fit, and nobody is there to be asked.
    expect(await meetings.ended(later)).toMatchObject({ status: 'completed' });
    await meetings.landed(later);
    expect(gitIn(repo, 'ls-tree', '--name-only', 'main').split('\n')).not.toContain('a.txt');
    expect(gitIn(repo, 'show', `ccdispatch/${later}:a.txt`)).toBe('eins');
  });
});

describe('a worker killed while a task waits for another one', () => {
  it('leaves it to the next worker, which lets it go on once the other has ended', { timeout }, async () => {
    const repo = meetings.makeRepo('duo');
    const { gate, earlier, later } = await meetings.meet({
      repo,
      chat: null,
      first: 'harp',
      second: 'organ',
      secondLine: 8,
    });
    await meetings.held(later);
    await scene.killWorker();
    gate.open();
    expect(await meetings.ended(earlier)).toMatchObject({ status: 'completed' });
    expect(scene.task(later).status).toBe('paused');
    await until(
      'a worker',
      async () => {
        await scene.cli(['worker', '--exit-when-idle']);
        return scene.task(later).status === 'completed';
      },
      patience,
    );
    await meetings.landed(later);
    expect(gitIn(repo, 'show', `main:${shared}`)).toContain('line of the harp');
    expect(gitIn(repo, 'show', `main:${shared}`)).toContain('line of the organ');
    expect(gitIn(repo, 'rev-list', '--merges', 'main')).toBe('');
    meetings.toldOnce('organ');
  });
});

describe('work that does not fit, with nobody to ask', () => {
  it('stays on its branch, and the task goes on', { timeout }, async () => {
    const repo = meetings.makeRepo('trio');
    const { gate, earlier, later } = await meetings.meet({
      repo,
      chat: null,
      first: 'piano',
      second: 'guitar',
      secondLine: 2,
    });
    await meetings.held(later);
    gate.open();
    await meetings.ended(earlier);
    expect(await meetings.ended(later)).toMatchObject({ status: 'completed', result: 'The guitar went on.' });
    await meetings.landed(later);
    expect(meetings.toldOnce('guitar')?.sessionText).toContain('nothing of yours was changed');
    expect(gitIn(repo, 'show', `main:${shared}`)).toContain('line of the piano');
    expect(gitIn(repo, 'show', `ccdispatch/${later}:${shared}`)).toContain('line of the guitar');
    expect(gitIn(repo, 'show', `ccdispatch/${later}:${shared}`)).not.toContain('<<<<<<<');
  });
});

describe('a repository', () => {
  it.each([
    ['that keeps what ends: the chat gets one line', '908', {}, 1],
    ['whose settings say so: nobody hears of it', '909', { onConflict: 'ignore' }, 0],
  ] as const)('lets both go on, %s', { timeout }, async (_how, chat, settings, lineCount) => {
    const repo = meetings.makeRepo(`apart-${chat}`, settings);
    const [first, second] = lineCount === 1 ? ['banjo', 'zither'] : ['kazoo', 'viola'];
    const { earlier, later } = await meetings.meet({ repo, chat, first, second, secondLine: 2 });
    const isSeen = () => scene.asked(`play the ${second}`).some(({ toolResults }) => toolResults > 1);
    await until('the second to have changed its line', isSeen, patience);
    const met = () => scene.bot.messages(chat).filter(({ text }) => text.includes(`(${earlier}) has changed`));
    await until('the chat to be told', () => met().length >= lineCount, patience);
    meetings.openAll();
    for (const id of [earlier, later]) {
      expect(await meetings.ended(id)).toMatchObject({ status: 'completed', runs: [{ outcome: 'completed' }] });
    }
    await scene.told(chat);
    expect(met().map(({ text }) => text.includes(shared))).toEqual(Array.from({ length: lineCount }, () => true));
    expect(gitIn(repo, 'log', '--format=%s', 'main')).not.toContain('task');
  });
});
