// The log: lines that machines read, without secrets, that never fill a disk and never stop who writes them.

import fs from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Log, openLater, openLog, silentLog } from '../../../src/lib/adapters/log.ts';
import { createRedactor } from '../../../src/lib/errors/redact.ts';
import { makeHome } from '../../support/home.ts';

const redact = createRedactor(['pass"word\\']);
let file: string;
beforeEach(() => {
  file = path.join(makeHome().home, 'logs', 'worker.log');
});
const linesOf = (name: string) =>
  fs
    .readFileSync(name, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
const megabyte = 1024 * 1024;

describe('lines', () => {
  it('are JSON, with time, process and fields, from `info` on', async () => {
    const log = await openLog(file, redact);
    log.debug({}, 'too fine');
    log.info({ task_id: 'task-local-1' }, 'run started');
    log.warn({}, 'careful');
    log.error({ error: new Error('no').message }, 'it failed');
    expect(linesOf(file)).toEqual([
      {
        level: 30,
        time: expect.stringMatching(/^\d{4}-.*Z$/),
        pid: process.pid,
        task_id: 'task-local-1',
        msg: 'run started',
      },
      { level: 40, time: expect.any(String), pid: process.pid, msg: 'careful' },
      { level: 50, time: expect.any(String), pid: process.pid, error: 'no', msg: 'it failed' },
    ]);
    expect(fs.statSync(file).mode & 0o777).toBe(0o600);
    expect(fs.statSync(path.dirname(file)).mode & 0o777).toBe(0o700);
  });

  it('never hold a secret, in whatever field it stands', async () => {
    const log = await openLog(file, redact);
    const token = '123456789:AAHfiqksKZ8WmR2zMnQgA-xyz_0123456789';
    log.info(
      { url: `https://api.telegram.org/bot${token}/getMe`, deep: { said: 'it is pass"word\\' } },
      `with ${token}`,
    );
    expect(fs.readFileSync(file, 'utf8')).not.toMatch(/AAHfiqks|word/);
    expect(linesOf(file)).toMatchObject([{ deep: { said: 'it is ***' }, msg: 'with 123456789:***' }]);
  });

  it('go on behind those that are there', async () => {
    (await openLog(file, redact)).info({}, 'one');
    (await openLog(file, redact)).info({}, 'two');
    expect(linesOf(file).map(({ msg }) => msg)).toEqual(['one', 'two']);
  });
});

describe('rotation', () => {
  it('puts a file beyond 5 MB aside when it is opened, and keeps three', async () => {
    fs.mkdirSync(path.dirname(file));
    for (const [suffix, text] of [
      ['.1', 'first'],
      ['.2', 'second'],
      ['.3', 'third'],
    ] as const)
      fs.writeFileSync(`${file}${suffix}`, text);
    fs.writeFileSync(file, Buffer.alloc(5 * megabyte, 'x'));
    (await openLog(file, redact)).info({}, 'new');
    expect(fs.readdirSync(path.dirname(file)).sort()).toEqual([
      'worker.log',
      'worker.log.1',
      'worker.log.2',
      'worker.log.3',
    ]);
    expect(linesOf(file)).toMatchObject([{ msg: 'new' }]);
    expect(fs.statSync(`${file}.1`).size).toBe(5 * megabyte);
    expect(['.2', '.3'].map((suffix) => fs.readFileSync(`${file}${suffix}`, 'utf8'))).toEqual(['first', 'second']);
  });

  it('leaves a smaller one alone', async () => {
    fs.mkdirSync(path.dirname(file));
    fs.writeFileSync(file, Buffer.alloc(5 * megabyte - 1, '\n'));
    (await openLog(file, redact)).info({}, 'new');
    expect(fs.readdirSync(path.dirname(file))).toEqual(['worker.log']);
  });

  it('happens to a log that is long open, too, and loses no line', async () => {
    const log = await openLog(file, redact);
    const text = 'x'.repeat(11_000);
    for (let n = 0; n < 1000; n++) log.info({ n, text }, 'm');
    const files = fs.readdirSync(path.dirname(file)).map((name) => path.join(path.dirname(file), name));
    expect(files.length).toBeGreaterThan(1);
    const numbers = files.flatMap((name) => linesOf(name).map(({ n }) => n as number));
    expect(numbers.sort((a, b) => a - b)).toEqual(Array.from({ length: 1000 }, (_, n) => n));
  });
});

describe('a log that cannot be written', () => {
  it('is no reason to stop', async () => {
    fs.writeFileSync(path.join(path.dirname(path.dirname(file)), 'logs'), 'a file, not a folder');
    const log = await openLog(file, redact);
    expect(() => log.error({}, 'lost')).not.toThrow();
    fs.rmSync(path.dirname(file));
    fs.mkdirSync(file, { recursive: true });
    expect(() => silentLog.error({}, 'lost')).not.toThrow();
    const other = await openLog(file, redact);
    expect(() => other.error({}, 'lost')).not.toThrow();
  });
});

describe('a log that is opened later', () => {
  const turn = () => new Promise((resolve) => setImmediate(resolve));

  it('is opened once, at the first line, and loses none', async () => {
    const heard: string[] = [];
    let opens = 0;
    const log = openLater(async () => {
      opens++;
      await turn();
      const hear = (_fields: object, message: string) => void heard.push(message);
      return { ...silentLog, info: hear, error: hear } satisfies Log;
    });
    await turn();
    expect(opens).toBe(0);
    log.info({}, 'one');
    log.error({}, 'two');
    expect(heard).toEqual([]);
    for (let n = 0; n < 5; n++) await turn();
    log.info({}, 'three');
    expect([heard, opens]).toEqual([['one', 'two', 'three'], 1]);
  });

  it('that cannot be opened is no reason to stop', async () => {
    const log = openLater(() => Promise.reject(new Error('no')));
    log.error({}, 'lost');
    for (let n = 0; n < 3; n++) await turn();
    expect(() => log.error({}, 'lost as well')).not.toThrow();
  });
});
