// The agent's own terminal program on a session's conversation, in a terminal of script(1): each side knows what the other said.

import { expect, it } from 'vitest';
import type { Session } from '../../src/lib/sessions/record.ts';
import { attachAtTerminal, hasScript, skipFirstQuestions } from '../support/attached-terminal.ts';
import { hasProc, openStage } from '../support/crash-stage.ts';
import { until } from '../support/until.ts';

it.skipIf(!hasProc || !hasScript)(
  'is one conversation at the terminal and in messages',
  { timeout: 90_000 },
  async () => {
    const stage = await openStage();
    try {
      stage.model.setScript(({ sessionText }) => ({ text: `Heard the ${sessionText.split(' ').at(-1)}.` }));
      const session: Session = JSON.parse((await stage.cli(['sessions', 'new', 'desk', '--json'])).stdout);
      const say = async (text: string) =>
        (await stage.cli(['sessions', 'send', session.session_id, text, '--wait'])).stdout.trim();
      expect(await say('the first apple')).toBe('Heard the apple.');
      skipFirstQuestions(stage.env.HOME as string, stage.env.ANTHROPIC_API_KEY as string, session.workdir);
      const terminal = attachAtTerminal(session.session_id, stage.env, stage.home.outside);
      const asked = (word: string) =>
        stage.model.requests.filter(({ sessionText }) => sessionText.includes(word)).length;
      await until(
        'the conversation',
        () => /Heard.*apple/s.test(terminal.shown()) && terminal.shown().includes('accept edits'),
        30_000,
      );
      await new Promise((resolve) => setTimeout(resolve, 500));
      await terminal.enter('the second pear');
      await until('the model', () => asked('second pear') > 0, 20_000);
      await until('the answer', () => /Heard[^a]*the[^a]*pear/s.test(terminal.shown()), 20_000);
      await terminal.enter('/exit');
      await terminal.gone;
      expect(await say('the third plum')).toBe('Heard the plum.');
      const told = JSON.stringify(stage.model.requests.at(-1)?.body.messages);
      expect(['first apple', 'second pear', 'third plum'].map((words) => told.includes(words))).toEqual([
        true,
        true,
        true,
      ]);
      await stage.cli(['sessions', 'end', session.session_id]);
    } finally {
      await stage.close();
    }
  },
);
