/** Who may do what, as pure functions: features that a request needs, and whose task may be seen, controlled and approved. */

import type { Settings } from '../config/schema.ts';
import type { Feature } from './features.ts';
import type { Person } from './record.ts';

export { type Feature, features, parseFeature } from './features.ts';

/** What of a request decides the features it needs, by the names of its options. */
export interface FeatureRequest {
  agent?: string | undefined;
  profile?: string | undefined;
  ali?: boolean | undefined;
  agentTeams?: boolean | undefined;
  yolo?: boolean | undefined;
  allowedTools?: readonly string[] | undefined;
  permissionMode?: string | undefined;
  workdir?: string | undefined;
  repo?: string | undefined;
}

/** What of a task decides the features that running it once more needs. */
export interface FeatureTask {
  agent: string;
  profile: string | null;
  repo: string | null;
  options: { yolo: boolean; agent_teams: boolean; allowed_tools: readonly string[]; permission_mode: string | null };
}

/**
 * The features that a request needs. Tools allowed without asking, and the mode in which the agent decides itself, are
 * `yolo` in other words.
 */
export function featuresNeeded(request: FeatureRequest): Feature[] {
  const needs: Record<Feature, boolean> = {
    ali: Boolean(request.ali || request.profile),
    'agent-teams': request.agentTeams === true,
    yolo: request.yolo === true || (request.allowedTools?.length ?? 0) > 0 || request.permissionMode === 'auto',
    repo: Boolean(request.repo || request.workdir),
    files: false,
    approve: false,
    codex: request.agent === 'codex',
  };
  return (Object.keys(needs) as Feature[]).filter((feature) => needs[feature]);
}

/** The request that would make such a task, as far as features go; its folder is its own by now. */
export function requestOf({ agent, profile, repo, options }: FeatureTask): FeatureRequest {
  return {
    agent,
    profile: profile ?? undefined,
    repo: repo ?? undefined,
    agentTeams: options.agent_teams,
    yolo: options.yolo,
    allowedTools: options.allowed_tools,
    permissionMode: options.permission_mode ?? undefined,
  };
}

/** The features that the request needs and the person does not have. */
export function missingFeatures(person: Person, request: FeatureRequest): Feature[] {
  return featuresNeeded(request).filter((feature) => !person.features.has(feature));
}

/** A task, as far as it matters whose it is. */
export interface OwnedTask {
  user_id: string | null;
  /** Its chat; null for none. */
  telegram_group: string | null;
}

/** The chat in which somebody asks. */
export interface AskingChat {
  id: string;
  kind: 'private' | 'group' | 'channel';
  /** Ids that the chat had before it became a supergroup. */
  formerIds?: readonly string[];
}

/** Whose task it is; one from a shell that was sent into a private chat is the person's of that chat, who has its id. */
function ownerOf({ user_id, telegram_group }: OwnedTask): string | null {
  return user_id ?? (telegram_group !== null && !telegram_group.startsWith('-') ? telegram_group : null);
}

const idsOf = ({ id, formerIds }: AskingChat) => [id, ...(formerIds ?? [])];

/** Whether the chat is the group that the task belongs to. */
function isItsGroup(task: OwnedTask, chat: AskingChat): boolean {
  return chat.kind === 'group' && task.telegram_group !== null && idsOf(chat).includes(task.telegram_group);
}

function ownsOrRules(person: Person, task: OwnedTask): boolean {
  return person.role === 'admin' || ownerOf(task) === person.id;
}

/** Whether the person may see the task: his own; an admin all; in a group the group's known people its tasks. */
export function maySee(person: Person, task: OwnedTask, chat: AskingChat): boolean {
  return person.enabled && (ownsOrRules(person, task) || isItsGroup(task, chat));
}

/**
 * Whether the task stands in lists that the person asks for in this chat. A group reads along: there only the group's
 * own tasks are listed, for admins too.
 */
export function isListed(person: Person, task: OwnedTask, chat: AskingChat): boolean {
  return maySee(person, task, chat) && (chat.kind === 'private' || isItsGroup(task, chat));
}

/** Whether the person may stop, retry or continue the task: the requester, an admin, and in a shared group its known people. */
export function mayControl(
  person: Person,
  task: OwnedTask,
  chat: AskingChat,
  { groups }: Pick<Settings, 'groups'>,
): boolean {
  if (!person.enabled) return false;
  const isShared = isItsGroup(task, chat) && idsOf(chat).some((id) => groups[id]?.shared === true);
  return isShared || ownsOrRules(person, task);
}

/**
 * Whether the person may answer what the task's agent asks: whoever has the feature `approve` and may see the task;
 * with `approvals.notByRequester` not the requester, admin or not.
 */
export function mayApprove(
  person: Person,
  task: OwnedTask,
  chat: AskingChat,
  { approvals }: Pick<Settings, 'approvals'>,
): boolean {
  if (!person.features.has('approve') || !maySee(person, task, chat)) return false;
  return !(approvals.notByRequester && ownerOf(task) === person.id);
}

/** Whether the person may change other people's rights. */
export function mayAdminister(person: Person): boolean {
  return person.enabled && person.role === 'admin';
}
