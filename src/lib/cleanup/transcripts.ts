/** Where the agent keeps a conversation: its transcript, and the folder of that name beside it. */

import type { Files } from '../adapters/files.ts';
import { findTranscript } from '../agents/claude/transcript.ts';
import { parseEnvFile } from '../agents/environment.ts';
import type { Profile } from '../config/schema.ts';

export interface TranscriptParts {
  files: Files;
  env: Record<string, string | undefined>;
  /** The home's `env` file. */
  envPath: string;
  profiles: Record<string, Profile>;
}

/** Looks where the agent of a task with this profile wrote: its own folder is set by the same variables as in the run. */
export function findTranscripts(parts: TranscriptParts, conversation: string, profile: string | null): string[] {
  const env = {
    ...parts.env,
    ...parseEnvFile(parts.files.read(parts.envPath) ?? ''),
    ...(profile ? parts.profiles[profile]?.env : {}),
  };
  const transcript = findTranscript(parts.files, env, conversation);
  if (!transcript) return [];
  const folder = transcript.replace(/\.jsonl$/, '');
  return parts.files.stat(folder) ? [transcript, folder] : [transcript];
}
