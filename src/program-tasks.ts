/** The commands that make tasks, run them and look at them. */

import { type Command, Option } from 'commander';
import { action } from './action.ts';

/** The options of a task, shared by everything that makes one. */
function addRequestOptions(command: Command): Command {
  return command
    .option('-g, --group <chat-id>', 'the chat that gets placeholder, progress and result')
    .option('-n, --name <name>', 'a name for people; default: the beginning of the prompt')
    .option('-w, --workdir <folder>', 'where the agent works; default: a new folder of its own')
    .option('--repo <path>', 'work on this repository, in a worktree of its own: a path, or a name of the settings')
    .option('--base <ref>', 'what the work starts from: a branch, a tag, a commit; default: what is checked out')
    .option('--branch <name>', 'the branch of the work; default: ccdispatch/<task id>')
    .option('--no-worktree', "work in the repository's own checkout instead")
    .option('-s, --session <id>', "continue a conversation: a task's id, or the agent's own id of it")
    .option('--thread <id>', 'the topic of the chat')
    .option('--agent <name>', 'claude, or an agent of the settings (agents.custom)')
    .option('--profile <name>', 'a named set of agent options of the settings')
    .option('--ali', 'short for --profile ali')
    .option('--agent-teams', 'let the agent start a team of agents')
    .option('--model <name>', 'the model the agent uses')
    .option('--effort <level>', 'how hard the model thinks: low, medium, high, …')
    .option('--permission-mode <mode>', 'what the agent may do unasked: acceptEdits (default), plan, dontAsk, …')
    .option('--allowed-tools <tools>', 'tools allowed without asking, with commas between: "Bash(npm test),WebFetch"')
    .option(
      '--approvals',
      'let the agent ask before it uses other tools, and answer at a shell: ccdispatch approvals list',
    )
    .option('--yolo', 'no permission prompts at all: the agent may do what this system user may')
    .option('--max-budget-usd <amount>', 'end the run when it has cost so much')
    .option('--timeout <time>', 'end the run after so long: 90s, 10m, 2h')
    .option('--priority <priority>', 'high, normal, low, or 0 (last) to 9 (first)')
    .option('--at <time>', 'start it then, not before: 2026-11-21T09:00, 09:00 (the next), +90m, "in 2h"')
    .option('--after <id>', 'start it when that task has ended')
    .option('--if-failed <what>', 'where that one does not succeed: cancel (default), or run all the same')
    .option('--hold', 'make the task, do not start it; start it with: ccdispatch tasks start <id>');
}

function addDispatch(program: Command): void {
  const command = program
    .command('dispatch')
    .description('make a task, and see to it that it runs; prints its id')
    .argument('[prompt...]', 'what to do; - reads standard input')
    .option('-p, --prompt <text>', 'what to do; - reads standard input');
  addRequestOptions(command)
    .option('--batch <file>', 'make a task of each line of a file of JSON objects, all or none; - reads standard input')
    .option('--wait', "wait for the end, print the result; the exit code is the task's")
    .option('--follow', 'like --wait, and tell on standard error what the agent does')
    .option('--json', 'print the record of the task')
    .action(action(() => import('./commands/dispatch.ts')));
}

function addWorker(program: Command): void {
  const worker = program
    .command('worker')
    .description('run what is queued; started by itself when needed')
    .option('--exit-when-idle', 'leave when nothing waits, runs or is to be delivered')
    .addOption(new Option('--holds-lock', 'its lock is descriptor 3: whoever started it took it').hideHelp())
    .addOption(
      new Option('--settle', 'claim nothing: only finish what has ended, then leave').conflicts('exitWhenIdle'),
    )
    .action(action(() => import('./commands/worker.ts')));
  worker
    .command('stop')
    .description('let the worker leave; running agents go on, and the next worker takes them over')
    .action(action(() => import('./commands/worker-stop.ts')));
  worker
    .command('restart')
    .description("stop the worker and start a new one with this shell's variables; running agents go on")
    .action(action(() => import('./commands/worker-restart.ts')));
}

function addTasks(program: Command): void {
  const tasks = program
    .command('tasks')
    .description('look at tasks and control them; alone: list them')
    .option('--json', 'print JSON')
    .action(action(() => import('./commands/tasks-list.ts')));
  tasks
    .command('list', { isDefault: false })
    .description('what waits, what runs, and what ended last')
    .option('--limit <number>', 'so many ended ones at most (10)')
    .option('-g, --group <chat-id>', 'only those of this chat')
    .option('--status <status>', 'only those that are pending, running, paused, completed, failed or cancelled')
    .option('--json', 'print JSON')
    .action(action(() => import('./commands/tasks-list.ts')));
  tasks
    .command('show <id>')
    .description('all about a task, and its result')
    .option('--json', 'print its record')
    .action(action(() => import('./commands/tasks-show.ts')));
  tasks
    .command('logs <id>')
    .description('what the agent did, step by step')
    .option('-f, --follow', 'go on until the task ends')
    .option('--run <number>', 'of this run; default: the latest')
    .option('--raw', "the agent's own output, as it is")
    .action(action(() => import('./commands/tasks-logs.ts')));
  tasks
    .command('start <id>')
    .description('start a task that was made with --hold, or go on with a paused one')
    .option('--json', 'print its record')
    .action(action(() => import('./commands/tasks-start.ts')));
  tasks
    .command('pause <ids...>')
    .description('stop tasks for now; their agents keep what they know')
    .option('--json', 'print what became of each')
    .action(action(() => import('./commands/tasks-pause.ts')));
  tasks
    .command('resume <ids...>')
    .description('let paused tasks go on where they stopped, and start held ones')
    .option('--note <text>', 'tell the agent this, too, when it goes on')
    .option('--at-reset', 'not now: when the limit is reset that they were paused at (limits.onWall: ask)')
    .option('--json', 'print what became of each')
    .action(action(() => import('./commands/tasks-resume.ts')));
  tasks
    .command('cancel <ids...>')
    .description('end tasks, whatever they are doing')
    .option('--json', 'print what became of each')
    .action(action(() => import('./commands/tasks-cancel.ts')));
  tasks
    .command('retry <id>')
    .description('run an ended task once more; one that did not complete goes on where it stopped')
    .option('--fresh', 'do it anew, in a new conversation')
    .option('--wait', 'wait for the end and print the result')
    .option('--json', 'print its record')
    .action(action(() => import('./commands/tasks-retry.ts')));
  tasks
    .command('why <id>')
    .description('what a task waits for')
    .option('--json', 'print JSON')
    .action(action(() => import('./commands/tasks-why.ts')));
  addWork(tasks);
}

/** What can be done with the branch of a task. */
function addWork(tasks: Command): void {
  tasks
    .command('merge <id>')
    .description("bring a task's work into the branch that it started from")
    .option('--json', 'print what became of it')
    .action(action(() => import('./commands/tasks-merge.ts')));
  tasks
    .command('pr <id>')
    .description("push a task's branch and open a pull request with gh, or print the commands that would")
    .option('--json', 'print what became of it')
    .action(action(() => import('./commands/tasks-pr.ts')));
  tasks
    .command('diff <id>')
    .description('what a task has changed on its branch')
    .option('--stat', 'only how much in which file')
    .option('--name-only', 'only the names of files')
    .action(action(() => import('./commands/tasks-diff.ts')));
  tasks
    .command('discard <id>')
    .description("give a task's work up; clean-up removes its worktree and branch")
    .option('-y, --yes', 'do not ask')
    .option('--json', 'print what was discarded')
    .action(action(() => import('./commands/tasks-discard.ts')));
}

function addApprovals(program: Command): void {
  const approvals = program.command('approvals').description('answer what agents ask');
  approvals
    .command('list', { isDefault: true })
    .description('what agents ask and nobody has answered yet')
    .option('--json', 'print JSON')
    .action(action(() => import('./commands/approvals-list.ts')));
  approvals
    .command('allow <id>')
    .description('let the agent use the tool that it asks for')
    .option('--for-task', 'and as often as this task asks the same: the same tool, and the same command')
    .option('--json', 'print the answer')
    .action(action(() => import('./commands/approvals-allow.ts')));
  approvals
    .command('deny <id>')
    .description('let it go on without')
    .option('--json', 'print the answer')
    .action(action(() => import('./commands/approvals-deny.ts')));
  approvals
    .command('answer <id> <words...>')
    .description("answer an agent's own question, or say what to change about its plan")
    .option('--json', 'print the answer')
    .action(action(() => import('./commands/approvals-answer.ts')));
  program
    .command('permission-hook')
    .description("take an agent's question from standard input and wait for the answer; called by agents")
    .option('--minutes <number>', 'so long a person may take')
    .option('--bot <id>', 'the bot that asks')
    .action(action(() => import('./commands/permission-hook.ts')));
}

export function addTaskCommands(program: Command): void {
  addDispatch(program);
  addTasks(program);
  addApprovals(program);
  addWorker(program);
  program
    .command('bot')
    .description('take what people write to the Telegram bot, and answer; needs TELEGRAM_BOT_TOKEN')
    .action(action(() => import('./commands/bot.ts')));
  program
    .command('notify-hook')
    .description("take a hook's JSON from standard input; called by agents")
    .action(action(() => import('./commands/notify-hook.ts')));
  program
    .command('demo')
    .description('show the main job on loopback servers, with the real claude program; needs no account')
    .option('--keep', 'keep the folders it worked in')
    .action(action(() => import('./commands/demo.ts')));
}
