// Processes that change people and take from quotas, several at once and killed at any moment: nothing said is lost, no quota is exceeded.

import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { kernelLocks } from '../../../src/lib/adapters/locks.ts';
import { bundleProgram } from '../../support/bundle-program.ts';
import { seededRandom } from '../../support/random.ts';
import { noTasks, openPeople, type PeopleHome } from './people.ts';

const rounds = Number(process.env.TEST_KILL_ROUNDS ?? 8);
const together = 3;
const daily = 9;
const random = seededRandom();

interface Killed {
  renamed: string;
  granted: string[];
  refused: string[];
  named: number;
}

/** Starts a process, and gives the function that kills it and tells what it had said. */
function start(program: string, home: string, userId: string, renamed: string, first: number) {
  const args = [program, home, userId, renamed, String(first), String(daily)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const hasBegun = new Promise((resolve) => child.stdout.once('data', resolve));
  const hasEnded = new Promise((resolve) => child.once('close', resolve));
  const kill = async (): Promise<Killed> => {
    child.kill('SIGKILL');
    await hasEnded;
    const of = (word: string) =>
      said
        .split('\n')
        .filter((line) => line.startsWith(`${word} `))
        .map((line) => line.slice(word.length + 1));
    return { renamed, granted: of('granted'), refused: of('refused'), named: Number(of('named').at(-1) ?? 0) };
  };
  return { hasBegun, kill };
}

/** What is reserved for the user on disk. */
function reservedOf({ home }: PeopleHome, userId: string): string[] {
  const text = fs.readFileSync(path.join(home.paths.usage(userId), '2026-11-20.json'), 'utf8');
  return Object.keys(JSON.parse(text).reserved);
}

async function checkQuota(people: PeopleHome, userId: string, killed: readonly Killed[]): Promise<void> {
  const { users } = people;
  const person = { id: userId, quota: { daily, cost_usd: null, tokens: null, concurrent: null }, time_zone: 'UTC' };
  const granted = killed.flatMap((one) => one.granted);
  const reserved = reservedOf(people, userId);
  expect(reserved.length).toBeLessThanOrEqual(daily);
  expect(reserved).toEqual(expect.arrayContaining(granted));
  // A kill may come between the reservation and its being said.
  expect(reserved.length - granted.length).toBeLessThanOrEqual(together);
  if (killed.some(({ refused }) => refused.length > 0)) expect(reserved).toHaveLength(daily);
  expect(await users.quotas.reserve(person, [...granted, ...reserved], noTasks)).toBe(null);
  expect(reservedOf(people, userId)).toEqual(reserved);
  // Nobody's lock is left, and what is left of the quota can be had.
  for (let n = reserved.length; n < daily; n++) {
    expect(await users.quotas.reserve(person, [`task-${userId}-${n}`], noTasks)).toBe(null);
  }
  expect(await users.quotas.reserve(person, [`task-${userId}-999`], noTasks)).toMatchObject({ used: daily });
}

async function checkPeople({ users, read, home }: PeopleHome, killed: readonly Killed[]): Promise<void> {
  expect(users.fault()).toBe(null);
  await users.settled();
  expect(read()).toMatchObject({ note: 'ours', users: { '1': { name: 'nobody touches me', team: 'x' } } });
  // The first kill may come before the first copy was made.
  const copy = fs.existsSync(home.paths.usersGood)
    ? fs.readFileSync(home.paths.usersGood, 'utf8')
    : JSON.stringify(read());
  expect(JSON.parse(copy)).toHaveProperty('users.1');
  for (const { renamed, named } of killed) {
    const version = Number(users.find(renamed)?.name.slice(1) ?? 0);
    expect([named, named + 1]).toContain(version);
    const acts = users.audit(100_000, (line) => line.user === renamed).length;
    expect([version, version + 1]).toContain(acts);
  }
  expect(kernelLocks.isHeld(home.paths.usersLock)).toBe(false);
}

it(`keeps people and quotas over ${rounds * together} kills (seed ${random.seed})`, { timeout: 90_000 }, async () => {
  const program = await bundleProgram(path.join(import.meta.dirname, 'people-process.ts'));
  onTestFinished(program.remove);
  const people = openPeople();
  people.write({ note: 'ours', users: { '1': { name: 'nobody touches me', enabled: false, team: 'x' } } });
  const all: Killed[] = [];
  for (let round = 0; round < rounds; round++) {
    const userId = String(1000 + round);
    const children = Array.from({ length: together }, (_, index) =>
      start(program.path, people.home.home, userId, String(2000 + round * together + index), (index + 1) * 100_000),
    );
    await Promise.all(children.map(({ hasBegun }) => hasBegun));
    await sleep(random.next() * 60);
    const killed = await Promise.all(children.map(({ kill }) => kill()));
    await checkQuota(people, userId, killed);
    all.push(...killed);
    await checkPeople(people, all);
  }
  const granted = all.flatMap((one) => one.granted).length;
  expect(granted, 'nothing was ever granted before a kill').toBeGreaterThan(rounds);
});
