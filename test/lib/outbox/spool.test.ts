// The outbox as its deliverer sees it, look after look: what did not change is not read again, and what did is never missed.

import fs from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { systemClock } from '../../../src/lib/adapters/clock.ts';
import { type Files, realFiles } from '../../../src/lib/adapters/files.ts';
import { silentLog } from '../../../src/lib/adapters/log.ts';
import { layoutOf } from '../../../src/lib/outbox/layout.ts';
import { createSpool } from '../../../src/lib/outbox/spool.ts';
import { endedOf, progressOf } from '../notifications/notices.ts';
import { openOutboxHome } from './outbox-home.ts';

async function openSpool() {
  const home = await openOutboxHome();
  const asked: string[] = [];
  let failing: string | null = null;
  const files: Files = {
    ...realFiles,
    read(path) {
      asked.push(path);
      return realFiles.read(path);
    },
    remove(path) {
      if (path === failing) throw Object.assign(new Error('EIO: i/o error, unlink'), { code: 'EIO' });
      realFiles.remove(path);
    },
  };
  const layout = layoutOf(home.paths);
  const botId = home.server.token.split(':')[0] as string;
  const spool = createSpool({ files, layout, clock: systemClock, log: silentLog, botId });
  const look = spool.lookInto('123');
  /** A look, and the names of the entries that were read for it. */
  const readsOf = () => {
    asked.length = 0;
    const view = look();
    return { view, reads: asked.filter((path) => !path.endsWith('.delivery.json')) };
  };
  /** Whose removal fails as on a disk that does. */
  const failRemovals = (path: string | null) => {
    failing = path;
  };
  /** As though all that waits had been written a minute ago. */
  const rest = () => {
    const [folder, at] = [layout.chat('123'), new Date(Date.now() - 60_000)];
    for (const name of fs.readdirSync(folder)) fs.utimesSync(path.join(folder, name), at, at);
  };
  return { ...home, rest, layout, spool, readsOf, failRemovals };
}

it('reads an entry once, however often its chat is looked at, and a changed one again', async () => {
  const home = await openSpool();
  for (const run of [1, 2, 3]) await home.announce(endedOf({ run }));
  await home.progress(progressOf({ run: 4, position: 7 }));
  expect(home.readsOf().reads).toHaveLength(4);
  // A file that changed a moment ago could change once more without showing it.
  expect(home.readsOf().reads).toHaveLength(4);
  home.rest();
  expect(home.readsOf().view.musts).toHaveLength(3);
  expect(home.readsOf().reads).toEqual([]);
  await home.progress(progressOf({ run: 4, position: 8 }));
  await home.announce(endedOf({ run: 5 }));
  const { view, reads } = home.readsOf();
  expect(reads).toHaveLength(2);
  expect(view.progress).toMatchObject([{ progress: { position: 8 }, stage: 'live' }]);
  expect(view.musts).toHaveLength(4);
});

it('sees what it wrote itself of an entry that it does not read again', async () => {
  const home = await openSpool();
  for (const run of [1, 2]) await home.announce(endedOf({ run }));
  home.rest();
  const [first, second] = home.readsOf().view.musts;
  if (!first || !second) throw new Error('two wait');
  await home.spool.saveDelivery(first, { tries: 7 });
  await home.spool.settle(second);
  const { view, reads } = home.readsOf();
  expect(reads).toEqual([]);
  expect(view.musts).toMatchObject([{ entry: { key: first.entry.key }, delivery: { tries: 7 } }]);
});

it('takes away what was announced once more while it was being settled', async () => {
  const home = await openSpool();
  await home.announce(endedOf());
  home.rest();
  const [item] = home.readsOf().view.musts;
  if (!item) throw new Error('one waits');
  const file = home.layout.entry('123', item.entry.key);
  const text = fs.readFileSync(file, 'utf8');
  await home.spool.settle(item);
  // Whoever announces had looked for it just before.
  fs.writeFileSync(file, text);
  expect(home.readsOf().view.musts).toEqual([]);
  expect(fs.existsSync(file)).toBe(false);
});

it('does not say once more what was settled, but could not be removed', async () => {
  const home = await openSpool();
  await home.announce(endedOf());
  home.rest();
  const [item] = home.readsOf().view.musts;
  if (!item) throw new Error('one waits');
  home.failRemovals(home.layout.entry('123', item.entry.key));
  await expect(home.spool.settle(item)).rejects.toThrow('EIO');
  home.failRemovals(null);
  expect(home.readsOf()).toMatchObject({ view: { musts: [] }, reads: [] });
  expect(home.files()).toEqual([`sent/123/${item.entry.key}.json`]);
});
