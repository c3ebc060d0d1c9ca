/** Looks at everything an installation needs, and says what is wrong and which command mends it. */

import type { TelegramApi } from '../adapters/telegram-api.ts';
import { parseEnvFile } from '../agents/environment.ts';
import type { CheckedSettings } from '../config/load.ts';
import { configSchema, type Settings } from '../config/schema.ts';
import type { Outbox } from '../outbox/store.ts';
import { livingWorker } from '../runs/worker/wake.ts';
import type { Users } from '../users/store.ts';
import { type AccountCheck, checkAccounts } from './check-accounts.ts';
import { type AgentCheck, checkAgents } from './check-agents.ts';
import { checkHome, type HomeCheck } from './check-home.ts';
import { checkOutbox, type OutboxCheck } from './check-outbox.ts';
import { checkPeople } from './check-people.ts';
import { checkRecords, type RecordCheck } from './check-records.ts';
import { checkGit, checkNode, checkUser } from './check-system.ts';
import { checkTelegram } from './check-telegram.ts';
import { checkLocks, checkQueue, type WorkCheck } from './check-work.ts';
import { checkWorktrees, type WorktreeCheck } from './check-worktrees.ts';
import { error, type Finding, ok } from './finding.ts';

export interface DoctorParts
  extends Omit<HomeCheck, 'configPath'>,
    RecordCheck,
    WorktreeCheck,
    Omit<WorkCheck, 'agents'>,
    Pick<AgentCheck, 'programs'>,
    Pick<OutboxCheck, 'clock'> {
  nodeVersion: string;
  /** The settings, or what is wrong with them. */
  checkSettings(): Promise<CheckedSettings>;
  agentPaths(settings: Settings): Record<string, string>;
  openOutbox(settings: Settings): Pick<Outbox, 'report'>;
  openUsers(settings: Settings): Promise<Pick<Users, 'fault' | 'list' | 'registrations'>>;
  openAccounts(): Promise<AccountCheck['accounts']>;
  openTelegram(settings: Settings['telegram']): Promise<Pick<TelegramApi, 'getMe'> | null>;
}

const programTimeoutMs = 15_000;

/** A check that cannot be done is a finding too, and never hides the others. */
async function safely(
  subject: string,
  check: () => Finding[] | Finding | Promise<Finding[] | Finding>,
): Promise<Finding[]> {
  try {
    return [await check()].flat();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    return [
      error(`${subject} could not be looked at: ${reason}`, 'Mend what it says, then run ccdispatch doctor again.'),
    ];
  }
}

/** A file that cannot be read at all is one fault. */
async function loadChecked({ checkSettings }: DoctorParts): Promise<CheckedSettings> {
  try {
    return await checkSettings();
  } catch (cause) {
    return { settings: null, faults: [cause instanceof Error ? cause.message : String(cause)], path: null };
  }
}

function judgeSettings({ faults, path }: CheckedSettings): Finding[] {
  if (faults.length === 0) return [ok(path ? `Settings: ${path}` : 'Settings: defaults and environment')];
  return faults.map((fault) => error(`Settings: ${fault}`, 'Mend it in: $EDITOR "$(ccdispatch config path)"'));
}

/** Where another user's rights keep us out, one finding says so, and not each check again. */
function isReadable({ files, paths }: DoctorParts): boolean {
  try {
    files.list(paths.home);
    return true;
  } catch {
    return false;
  }
}

/** Whether somebody delivers for our bot: the bot itself does so without any worker. */
function hasDeliverer({ locks, paths }: DoctorParts, { telegram }: Settings): boolean {
  const botId = telegram.token?.split(':')[0];
  return botId !== undefined && locks.isHeld(paths.outboxLock(botId));
}

/** What lies in the home. */
function examineHome(parts: DoctorParts, settings: Settings): Promise<Finding[]>[] {
  const outbox = () =>
    checkOutbox({
      ...parts,
      outbox: parts.openOutbox(settings),
      hasToken: Boolean(settings.telegram.token),
      isDelivered: livingWorker(parts) !== null || hasDeliverer(parts, settings),
    });
  return [
    safely('The queue', () => checkQueue({ ...parts, agents: parts.agentPaths(settings) })),
    safely('The locks', () => checkLocks(parts)),
    safely('The records', () => checkRecords(parts)),
    safely('The worktrees', () => checkWorktrees(parts)),
    safely('The outbox', outbox),
    safely('The users', async () => checkPeople(await parts.openUsers(settings))),
    safely('The accounts', async () => checkAccounts({ ...parts, accounts: await parts.openAccounts() })),
  ];
}

/** All findings, in the order in which things stand on one another. Changes nothing but a test file in the home. */
export async function examine(parts: DoctorParts): Promise<Finding[]> {
  const checked = await loadChecked(parts);
  // With faulty settings the rest is looked at with the defaults.
  const settings = checked.settings ?? configSchema.parse({});
  const canRead = isReadable(parts);
  const ownEnv = canRead ? parseEnvFile(parts.files.read(parts.paths.env) ?? '') : {};
  const env = { ...parts.env, ...ownEnv };
  const found = [
    safely('Node', () => checkNode(parts.nodeVersion)),
    safely('The user', () => checkUser(parts.uid, settings.yolo.allowRoot)),
    safely('The home', () => checkHome({ ...parts, configPath: checked.path })),
    safely('The settings', () => judgeSettings(checked)),
    safely('The agents', () => checkAgents({ ...parts, settings, env, timeoutMs: programTimeoutMs })),
    safely('git', () => checkGit(parts.programs, env, programTimeoutMs)),
    ...(canRead ? examineHome(parts, settings) : []),
    safely('Telegram', async () => await checkTelegram(await parts.openTelegram(settings.telegram))),
  ];
  return (await Promise.all(found)).flat();
}
