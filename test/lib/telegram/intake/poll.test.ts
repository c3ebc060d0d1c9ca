/** The poll loop: what is confirmed when, and what each failure on the way does to it. */

import { describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../../../src/lib/adapters/clock.ts';
import type { RawUpdate, UpdateRequest } from '../../../../src/lib/adapters/telegram-api.ts';
import { createTelegramApi } from '../../../../src/lib/adapters/telegram-api.ts';
import { type BotFault, startBotApiServer } from '../../../../src/lib/demo/bot-api-server.ts';
import { type FailureReason, TelegramFailure } from '../../../../src/lib/errors/telegram-failure.ts';
import { createInbox, type InboxEntry } from '../../../../src/lib/telegram/intake/inbox.ts';
import { type PollParts, type PollRules, runPoll } from '../../../../src/lib/telegram/intake/poll.ts';
import { makeHome } from '../../../support/home.ts';
import { day, jumpingClock, notingLog, textUpdate, until } from './updates.ts';

const quick: PollRules = { pollSeconds: 20, backoff: { firstMs: 5, mostMs: 40 }, fruitlessMs: 20 };

/** A poll loop on a real inbox and a server on loopback. */
async function startPolling(changes: Partial<PollParts> = {}) {
  const server = await startBotApiServer();
  const { files, paths } = makeHome();
  const log = notingLog();
  const api = createTelegramApi({ token: server.token, apiUrl: server.url, timeoutMs: 1000 });
  const inbox = createInbox({ files, paths, clock: systemClock, log, botId: api.botId });
  const end = new AbortController();
  const kept: number[] = [];
  const troubles: (string | null)[] = [];
  const done = runPoll({
    api,
    inbox,
    clock: systemClock,
    log,
    signal: end.signal,
    onKept: (entries) => void kept.push(...entries.map(({ update_id }) => update_id)),
    onTrouble: (trouble) => void troubles.push(trouble?.kind ?? null),
    rules: quick,
    ...changes,
  });
  onTestFinished(async () => {
    end.abort();
    await done;
    await server.close();
  });
  const polls = () => server.requests.filter(({ method }) => method === 'getUpdates');
  const stop = () => {
    end.abort();
    return done;
  };
  return { server, inbox, log, kept, troubles, done, stop, polls };
}

/** What Telegram still holds. */
async function waiting({ url, token }: { url: string; token: string }): Promise<number> {
  const answer = await fetch(`${url}/bot${token}/getWebhookInfo`);
  return ((await answer.json()) as { result: { pending_update_count: number } }).result.pending_update_count;
}

describe('on loopback', () => {
  it('updates are kept, handed on, and confirmed by the next request', async () => {
    const { server, inbox, kept, polls } = await startPolling();
    const ids = [server.pushText('1', 'a'), server.pushText('2', 'b')];
    await until(() => kept.length === 2);
    ids.push(server.pushText('1', 'c'));
    await until(() => kept.length === 3);
    expect(kept).toEqual(ids);
    expect(inbox.pending().map(({ update_id }) => update_id)).toEqual(ids);
    await until(() => polls().at(-1)?.params.offset === (ids[2] as number) + 1);
    for (const { params } of polls())
      expect(params).toMatchObject({ allowed_updates: ['message', 'edited_message', 'callback_query'], timeout: 20 });
  });

  it('the last batch is confirmed when it stops, in a moment', async () => {
    // Held up in the middle of a batch, the loop has no other chance to confirm it.
    let release = () => {};
    const { server, kept, stop } = await startPolling({
      onKept: (entries) => {
        kept.push(...entries.map(({ update_id }) => update_id));
        return new Promise<void>((resolve) => {
          release = resolve;
        });
      },
    });
    server.pushText('1', 'a');
    await until(() => kept.length === 1);
    expect(await waiting(server)).toBe(1);
    setTimeout(() => release(), 20);
    expect(await stop()).toBe('stopped');
    expect(await waiting(server)).toBe(0);
  });

  it('a request that waits for updates does not hold up the stop', async () => {
    // Longer than this test may take.
    const { stop, polls } = await startPolling({ rules: { ...quick, pollSeconds: 50 } });
    await until(() => polls().length === 1);
    expect(await stop()).toBe('stopped');
  });

  it('a forgotten webhook is deleted, and what waits is kept', async () => {
    const { server, kept, troubles } = await startPolling();
    await fetch(`${server.url}/bot${server.token}/setWebhook?url=https://example.org`);
    server.pushText('1', 'a');
    await until(() => kept.length === 1);
    expect(troubles).toEqual([]);
    expect(server.requests.filter(({ method }) => method === 'deleteWebhook').map(({ params }) => params)).toEqual([
      { drop_pending_updates: false },
    ]);
  });

  it('another poller is spoken of, once, and outlived', async () => {
    const { server, kept, troubles, log, polls } = await startPolling();
    await until(() => polls().length === 1);
    server.setFaults((method) =>
      method === 'getUpdates' ? { kind: 'status', status: 409, description: 'Conflict' } : null,
    );
    server.pushText('1', 'wakes the request that waits');
    await until(() => polls().length > 8);
    expect(troubles).toEqual(['conflict']);
    expect(server.requests.filter(({ method }) => method === 'deleteWebhook')).toHaveLength(1);
    server.setFaults(null);
    server.pushText('1', 'b');
    await until(() => kept.length === 2);
    expect(troubles).toEqual(['conflict', null]);
    expect(log.lines.filter((line) => line.startsWith('warn'))).toEqual([
      'warn Telegram: Conflict Only one process may poll: stop the other one, or give it a token of its own.',
    ]);
  });

  const faults: BotFault[] = [
    { kind: 'status', status: 500 },
    { kind: 'status', status: 502 },
    { kind: 'drop-before' },
    { kind: 'drop-after' },
    { kind: 'html' },
    { kind: 'status', status: 429, retryAfter: 0.05 },
  ];
  it.each(faults)('nothing is lost and nothing doubled after $kind $status', async (fault) => {
    const { server, kept, troubles } = await startPolling();
    let count = 0;
    server.setFaults(() => (count++ % 3 === 2 ? null : fault));
    const ids = [server.pushText('1', 'a'), server.pushText('1', 'b')];
    await until(() => kept.length === 2);
    ids.push(server.pushText('1', 'c'));
    await until(() => kept.length === 3);
    server.setFaults(null);
    await until(() => troubles.at(-1) === null);
    expect(kept).toEqual(ids);
    expect(troubles).toContain(fault.kind === 'status' && fault.status === 429 ? 'rate' : 'network');
  });

  it('a token that is not valid any more ends it, and says so', async () => {
    const { server, done, troubles, log } = await startPolling();
    server.setFaults(() => ({ kind: 'status', status: 401, description: 'Unauthorized' }));
    server.pushText('1', 'wakes the request that waits');
    expect(await done).toBe('token');
    expect(troubles).toEqual(['token']);
    expect(log.lines).toEqual([
      'error Telegram: Unauthorized Check TELEGRAM_BOT_TOKEN; ccdispatch doctor does so, too.',
    ]);
  });
});

type Step = RawUpdate[] | FailureReason['kind'] | FailureReason | Error | (() => void);

/** A loop against a script of answers, over a time that jumps; it stops after the last one. */
async function play(steps: Step[], changes: Partial<PollParts> = {}) {
  const clock = jumpingClock();
  const log = notingLog();
  const end = new AbortController();
  const requests: UpdateRequest[] = [];
  const known = new Set<number>();
  const troubles: (string | null)[] = [];
  let deletions = 0;
  const outcome = await runPoll({
    api: {
      async getUpdates(request) {
        requests.push(request);
        if (end.signal.aborted) return [];
        for (let step = steps.shift(); ; step = steps.shift()) {
          if (typeof step === 'function') step();
          else if (step === undefined) {
            end.abort();
            throw new Error('aborted');
          } else return answer(step);
        }
      },
      async deleteWebhook() {
        deletions++;
      },
    },
    inbox: {
      async keep(updates) {
        const fresh = updates.filter((update) => update?.update_id && !known.has(update.update_id));
        for (const { update_id } of fresh) known.add(update_id);
        return fresh.map(({ update_id }) => ({ update_id }) as InboxEntry);
      },
    },
    clock: { ...clock, now: () => clock.now() },
    log,
    signal: end.signal,
    onKept: () => {},
    onTrouble: (trouble) => void troubles.push(trouble?.kind ?? null),
    random: () => 1,
    ...changes,
  });
  return { outcome, requests, offsets: requests.map(({ offset }) => offset), clock, troubles, log, known, deletions };
}

function answer(step: Exclude<Step, () => void>): RawUpdate[] {
  if (Array.isArray(step)) return step;
  if (step instanceof Error) throw step;
  const reason = typeof step === 'string' ? ({ kind: step } as FailureReason) : step;
  throw new TelegramFailure(reason, `It is ${reason.kind}.`);
}

describe('the offset', () => {
  const batch = (...ids: number[]) => ids.map((id) => textUpdate(id));

  it('is none at first, then above the last batch, and the last request confirms it', async () => {
    expect((await play([batch(5, 7), batch(8)])).offsets).toEqual([null, 8, 9, 9]);
    expect((await play([])).offsets).toEqual([null]);
  });

  it('is given up before a week without updates is over: ids may begin lower then', async () => {
    const clock = jumpingClock();
    const pass = (days: number) => () => clock.advance(days * day);
    const played = await play([batch(900), pass(4), [], pass(2.5), [], batch(3), batch(4)], { clock });
    expect(played.offsets).toEqual([null, 901, 901, null, 4, 5, 5]);
    expect(played.known).toEqual(new Set([900, 3, 4]));
  });

  it('moves over updates that are known already', async () => {
    const { offsets, clock } = await play([batch(5, 6), batch(5, 6), batch(6, 7)]);
    expect(offsets).toEqual([null, 7, 7, 8, 8]);
    expect(clock.slept).toEqual([1000]);
  });

  it('stays where it is while updates cannot be kept, which is said', async () => {
    let isFull = true;
    const keep: PollParts['inbox']['keep'] = async (updates) => {
      if (isFull) throw Object.assign(new Error('no space'), { code: 'ENOSPC' });
      return updates.map(({ update_id }) => ({ update_id }) as InboxEntry);
    };
    const free = () => {
      isFull = false;
    };
    const full = Array.from({ length: 6 }, () => batch(5));
    const { offsets, troubles, clock, log } = await play([...full, free, batch(5)], { inbox: { keep } });
    expect(offsets).toEqual([null, null, null, null, null, null, null, 6, 6]);
    expect(troubles).toEqual(['disk', null]);
    expect(clock.slept).toEqual([1000, 2000, 4000, 5000, 5000, 5000]);
    expect(log.lines.filter((line) => !line.startsWith('debug'))).toEqual([
      'warn The disk is full: messages stay at Telegram. Free some space; ccdispatch cleanup --dry-run shows what can go.',
      'info Updates come again.',
    ]);
  });

  it('goes on when what was kept could not be handed on', async () => {
    const onKept = () => {
      throw new Error('a bug');
    };
    const { offsets, log } = await play([batch(5)], { onKept });
    expect(offsets).toEqual([null, 6, 6]);
    expect(log.lines.join()).toContain('the next start finds them');
  });

  it('does not move for updates without an id, which are not asked for without end', async () => {
    const { offsets, clock } = await play([[{} as RawUpdate], [null as unknown as RawUpdate]]);
    expect(offsets).toEqual([null, null, null]);
    expect(clock.slept).toEqual([1000, 1000]);
  });
});

describe('a failure', () => {
  it('is waited out ever longer up to a minute, and forgotten as soon as it works again', async () => {
    const { clock, troubles } = await play([
      ...Array(8).fill('refused'),
      [textUpdate(1)],
      'ambiguous',
      [textUpdate(2)],
    ]);
    expect(clock.slept).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 1000]);
    expect(troubles).toEqual(['network', null, 'network', null]);
  });

  it('is over with the first answer, so that one is not waited for; where two poll only a long wait tells', async () => {
    const { requests } = await play([[], 'refused', 'rejected', [], 'conflict', 'conflict', []]);
    expect(requests.map(({ timeoutSeconds }) => timeoutSeconds)).toEqual([30, 30, 0, 0, 30, 30, 30, 30]);
  });

  it('is waited out with jitter', async () => {
    expect((await play(['refused'], { random: () => 0 })).clock.slept).toEqual([500]);
  });

  it('that asks for a pause gets it, within reason', async () => {
    const rate = (retryAfterMs: number) => ({ kind: 'rate', retryAfterMs }) as const;
    const { clock } = await play([rate(17_000), rate(9e12)]);
    expect(clock.slept).toEqual([17_000, 3_600_000]);
  });

  it('that becomes another is told again', async () => {
    const { troubles } = await play(['refused', 'conflict', 'conflict', 'rejected', 'refused', []]);
    expect(troubles).toEqual(['network', 'conflict', 'refused', 'network', null]);
  });

  it('by conflict deletes a webhook once until updates come again', async () => {
    const { deletions, clock } = await play(['conflict', 'conflict', 'conflict', [textUpdate(1)], 'conflict']);
    expect(deletions).toBe(2);
    expect(clock.slept).toEqual([1000, 2000]);
  });

  it('of the token ends it at once', async () => {
    const { outcome, offsets, clock } = await play([[textUpdate(1)], 'token', []]);
    expect([outcome, offsets, clock.slept]).toEqual(['token', [null, 2], []]);
  });

  it('of our own making is no reason to stop', async () => {
    const { outcome, troubles } = await play([new TypeError('a bug'), []]);
    expect([outcome, troubles]).toEqual(['stopped', ['disk', null]]);
  });
});
