/** The commands about sessions: conversations that outlive their messages. */

import type { Command } from 'commander';
import { action } from './action.ts';

export function addSessionCommands(program: Command): void {
  const sessions = program
    .command('sessions')
    .description('speak with agents that stay: conversations that outlive tasks');
  sessions
    .command('list', { isDefault: true })
    .description('the open sessions, and how each one is')
    .option('--all', 'ended ones, too')
    .option('-g, --group <chat-id>', 'only those of this chat')
    .option('--json', 'print JSON')
    .action(action(() => import('./commands/sessions-list.ts')));
  sessions
    .command('new [name]')
    .description('begin a session; prints its id')
    .option('-g, --group <chat-id>', 'the chat that hears what comes of it')
    .option('--thread <id>', 'the topic of the chat')
    .option('-w, --workdir <folder>', 'where the agent works; default: a new folder of its own')
    .option('--repo <path>', 'work on this repository, in a worktree of its own: a path, or a name of the settings')
    .option('--base <ref>', 'what the work starts from: a branch, a tag, a commit; default: what is checked out')
    .option('--branch <name>', 'the branch of the work; default: ccdispatch/<session id>')
    .option('--no-worktree', "work in the repository's own checkout instead")
    .option('--agent <name>', 'the agent; default: claude')
    .option('--profile <name>', 'a named set of agent options of the settings')
    .option('--ali', 'short for --profile ali')
    .option('--agent-teams', 'let the agent start a team of agents')
    .option('--model <name>', 'the model the agent uses')
    .option('--effort <level>', 'how hard the model thinks: low, medium, high, …')
    .option('--permission-mode <mode>', 'what the agent may do unasked: acceptEdits (default), plan, dontAsk, …')
    .option('--allowed-tools <tools>', 'tools allowed without asking, with commas between')
    .option('--yolo', 'no permission prompts at all: the agent may do what this system user may')
    .option('--json', 'print its record')
    .action(action(() => import('./commands/sessions-new.ts')));
  sessions
    .command('send <session> [prompt...]')
    .description('say something to a session, by its id or name; - reads standard input')
    .option('-p, --prompt <text>', 'what to say; - reads standard input')
    .option('--wait', 'wait for the answer and print it')
    .option('--follow', 'like --wait, and tell on standard error what the agent does')
    .option('--json', 'print the record of the task')
    .action(action(() => import('./commands/sessions-send.ts')));
  sessions
    .command('attach <session>')
    .description("work in it at this terminal, in the agent's own program; its messages wait meanwhile")
    .action(action(() => import('./commands/sessions-attach.ts')));
  sessions
    .command('detach <session>')
    .description('take it back from the terminal that somebody works in it at')
    .action(action(() => import('./commands/sessions-detach.ts')));
  sessions
    .command('stop <session>')
    .description('end the turn at work; the session stays')
    .action(action(() => import('./commands/sessions-stop.ts')));
  sessions
    .command('end <sessions...>')
    .description('end sessions, with what runs and waits in them')
    .action(action(() => import('./commands/sessions-end.ts')));
}
