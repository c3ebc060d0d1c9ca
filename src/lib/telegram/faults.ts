/** Faults of ours, and of the file of users: who waits for an answer, or can mend them, hears of them once. */

import { isDiskFull } from '../errors/errors.ts';
import type { PeopleFault } from '../users/people-file.ts';
import { mayAdminister } from '../users/rights.ts';
import { languageOfPerson } from './handlers/people.ts';
import type { Incoming } from './incoming.ts';
import type { Handling } from './intake/intake.ts';
import { botTextsOf } from './languages.ts';
import { turnOf } from './router.ts';
import { say, sayTo } from './say.ts';
import type { BotParts } from './turn.ts';

/** An update is tried so often before it is left to the next start; see the rules of lanes. */
const triesOfUpdate = 3;
const mostRemembered = 1000;

/** Passes updates on to the router; where it fails, the person hears so: at once that the disk is full, in the end anything else. */
export function withFaultsTold(
  parts: BotParts,
  route: (incoming: Incoming, handling: Handling) => Promise<void>,
): (incoming: Incoming, handling: Handling) => Promise<void> {
  const failures = new Map<number, number>();
  return async (incoming, handling) => {
    const telling = async (work: () => Promise<void>) => {
      try {
        await work();
        failures.delete(incoming.updateId);
      } catch (error) {
        const count = (failures.get(incoming.updateId) ?? 0) + 1;
        // Those that were given up would else stand in the way of all later ones.
        const [oldest] = failures.keys();
        if (failures.size >= mostRemembered && oldest !== undefined) failures.delete(oldest);
        failures.set(incoming.updateId, count);
        const isFull = isDiskFull(error);
        if (count === (isFull ? 1 : triesOfUpdate)) await tell(parts, incoming, handling, isFull);
        throw error;
      }
    };
    // What takes long is a part of it; where the bot stops, the next one does it.
    const aside: Handling['aside'] = (work) =>
      handling.aside((signal) => (signal.aborted ? work(signal) : telling(() => work(signal))));
    const { plan } = handling;
    const forget = () => handling.forget();
    await telling(() => route(incoming, { plan, fix: (next) => handling.fix(next), aside, forget }));
  };
}

async function tell(parts: BotParts, incoming: Incoming, handling: Handling, isFull: boolean): Promise<void> {
  if (incoming.kind !== 'message') return;
  try {
    const turn = turnOf(parts, incoming, handling);
    if (turn.person?.enabled) await say(turn, isFull ? turn.texts.diskFull : turn.texts.wentWrong);
  } catch {
    // The fault itself is what goes into the log.
  }
}

const placeOf = ({ path, line }: PeopleFault) => (line === null ? path : `${path}:${line}`);

/** Looks whether the file of users is good; admins hear when it becomes faulty, becomes it in another way, and is good again. */
export function createUsersWatch(parts: BotParts): () => Promise<void> {
  let told: string | null = null;
  return async () => {
    const fault = parts.users.fault();
    const mark = fault && `${placeOf(fault)} ${fault.what}`;
    if (mark === told) return;
    told = mark;
    if (fault) parts.log.error({ place: placeOf(fault), what: fault.what }, 'the file of users is faulty');
    else parts.log.info({}, 'the file of users is good again');
    const admins = parts.users.list().filter(mayAdminister);
    await Promise.all(
      admins.map(async (admin) => {
        const texts = botTextsOf(languageOfPerson(parts, admin));
        const text = fault ? texts.usersFileBroken(placeOf(fault), fault.what, fault.hasCopy) : texts.usersFileMended;
        await sayTo(parts, { chatId: admin.id }, text);
      }),
    );
  };
}
