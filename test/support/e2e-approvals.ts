// Questions of agents in an end-to-end scene.

import fs from 'node:fs';
import path from 'node:path';
import type { Approval, ApprovalAnswer } from '../../src/lib/tasks/approvals.ts';
import { type Scene, until } from './e2e.ts';

/** Waits for the task's open question, as a person at a shell sees it. */
export async function waitForQuestion(scene: Scene, taskId: string): Promise<Approval> {
  return await until(`a question of ${taskId}`, async () => {
    const { stdout } = await scene.cli(['approvals', 'list', '--json']);
    return stdout ? (JSON.parse(stdout) as Approval[]).find((one) => one.task_id === taskId) : null;
  });
}

/** How a task's questions were answered, in their order. */
export function answersOf(scene: Scene, taskId: string): ApprovalAnswer[] {
  const folder = path.join(scene.taskFolder(taskId), 'approvals');
  const names = fs.existsSync(folder) ? fs.readdirSync(folder).filter((name) => name.endsWith('.answer.json')) : [];
  return names
    .map((name) => JSON.parse(fs.readFileSync(path.join(folder, name), 'utf8')) as ApprovalAnswer)
    .sort((a, b) => a.at.localeCompare(b.at));
}

/** Waits until a question is in the chat, and whoever sent it knows: killed before that, he would leave it to be sent once more. */
export async function questionShown(scene: Scene, chatId: string): Promise<void> {
  const folder = path.join(scene.home, 'outbox', chatId);
  await until(`a question in ${chatId}`, () => {
    const names = fs.existsSync(folder) ? fs.readdirSync(folder) : [];
    return names
      .filter((name) => /\.question-.*\.delivery\.json$/.test(name))
      .some((name) => fs.readFileSync(path.join(folder, name), 'utf8').includes('"drawn":{'));
  });
}

/** Whether the text is that of a question in a chat, open or answered; progress that waits for one has another. */
export function showsQuestion(text: string): boolean {
  return /^❓ .* — may it use |^(👍|🚫|⌛|⚪) /.test(text);
}
