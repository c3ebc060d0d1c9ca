/** `ccdispatch demo`: the main job on loopback servers, with the real claude program. */

import type { App } from '../app.ts';
import { ownProgram } from '../app-program.ts';
import type { MessageChange } from '../lib/demo/bot-api-server.ts';
import { isGood, type Part, type Played, parts, play } from '../lib/demo/play.ts';
import { findClaude, setStage } from '../lib/demo/stage.ts';
import { coloursOf } from './output.ts';

const intro = `This is ccdispatch at work. Real: this program, its worker, the claude program, the files. Stand-ins on loopback:
Telegram's server, and the model that claude asks (it knows how to write a file, nothing more). No account is used.
`;

const outro = `To go live: install claude and log in (or set ANTHROPIC_API_KEY), set TELEGRAM_BOT_TOKEN (from @BotFather), and run
  ccdispatch dispatch -g <your chat id> "what to do"
`;

const timeoutMs = 19_000;

function nameOf(chatId: string): string {
  return parts.find(({ chat }) => chat === chatId)?.person ?? chatId;
}

function indent(text: string): string {
  return text
    .split('\n')
    .map((line) => `      ${line}`)
    .join('\n');
}

function report(app: App, played: Played, isKept: boolean): void {
  const { terminal } = app;
  terminal.print(`${nameOf(played.part.chat)}: task folder ${played.taskFolder}\n`);
  terminal.print(`${' '.repeat(5)}file        ${played.file ?? `${played.part.file} is missing`}\n`);
  if (played.results !== 1) terminal.print(`     the chat got ${played.results} results instead of one\n`);
  if (played.file && !isKept) terminal.print(`     it says     ${app.files.read(played.file)?.trim()}\n`);
}

export async function run(app: App, flags: { keep?: boolean }): Promise<number> {
  const { terminal } = app;
  const colours = await coloursOf(app);
  const program = ownProgram();
  const began = performance.now();
  const seconds = () => `${((performance.now() - began) / 1000).toFixed(1).padStart(5)} s`;
  const isKept = flags.keep === true;
  terminal.print(`${intro}\n`);
  const stage = await setStage({ program, env: app.env, claude: findClaude(program.args[0] as string, app.env) });
  try {
    const played = await play(
      stage,
      {
        onPrompt: (part: Part) => terminal.print(`${seconds()}  ${part.person} → ${part.prompt}\n`),
        onChat: ({ kind, message }: MessageChange) => {
          const verb = kind === 'sent' ? '←' : kind === 'edited' ? '← (edited)' : '← (deleted)';
          terminal.print(`${seconds()}  ${nameOf(message.chatId)} ${verb}\n${colours.faint(indent(message.text))}\n`);
        },
      },
      timeoutMs,
    );
    terminal.print('\n');
    for (const each of played) report(app, each, isKept);
    const allGood = played.every(isGood);
    terminal.print(
      `\n${allGood ? colours.good('All of it really happened') : colours.bad('Not all of it happened')}, in${seconds()}.\n`,
    );
    if (isKept) terminal.print(`The folders are kept: ${stage.home}\n`);
    terminal.print(
      allGood ? `\n${outro}` : `Look into ${stage.home}/logs; run it again with --keep to keep the folders.\n`,
    );
    return allGood ? 0 : 1;
  } finally {
    await stage.close(isKept);
  }
}
