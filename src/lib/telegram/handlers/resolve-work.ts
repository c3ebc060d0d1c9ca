/** Lets a task's agent bring its work and the branch that it does not fit onto together: as a task that goes on with it. */

import { renderTaskId } from '../../format/task-id.ts';
import { landedTexts } from '../../notifications/texts-landed.ts';
import { layOpenTask } from '../../runs/landing/land-work.ts';
import { admit } from '../../submit/admission.ts';
import { parseRequest } from '../../submit/request.ts';
import { submitAt } from '../../submit/submit.ts';
import type { Task } from '../../tasks/record.ts';
import { loadTask } from '../find-tasks.ts';
import { say, takeButtons } from '../say.ts';
import { title } from '../shown.ts';
import type { Turn } from '../turn.ts';

/** Lays both sides open in the worktree's files, and asks the agent in its conversation to bring them together. */
export async function resolveAndSay(turn: Turn, task: Task): Promise<void> {
  const { parts, person, asked, language } = turn;
  const texts = landedTexts[language];
  const planned = turn.plan?.kind === 'task' ? turn.plan.task_id : null;
  if (!person || (planned !== null && loadTask(parts, planned))) return;
  if (task.agent_session_id === null) return await say(turn, turn.texts.noConversation(task.agent));
  const request = parseRequest(
    {
      agent: task.agent,
      ...(task.profile ? { profile: task.profile } : {}),
      ...(task.model ? { model: task.model } : {}),
      session: task.task_id,
      name: task.task_name,
      group: asked.chat.id,
      ...(asked.threadId === null ? {} : { thread: asked.threadId }),
      prompt: texts.buttons.resolve,
    },
    parts.clock.now(),
  );
  const taskId = planned ?? freeId(turn);
  await turn.fix({ kind: 'task', task_id: taskId });
  // Before anything is changed: who may make no task now is refused here.
  const admitted = await admit({ ...parts, person, request, taskId });
  try {
    const { into, ...open } = await layOpenTask(parts.land, task);
    if (open.kind === 'rebased') {
      await admitted.release();
      return await say(turn, `**${title(task)}**: ${texts.fitsNow(`\`${into}\``)}`);
    }
    const prompt = texts.resolvePrompt(into, open.files);
    const origin = {
      kind: 'telegram',
      updateId: asked.updateId,
      userId: person.id,
      messageId: asked.messageId,
    } as const;
    await submitAt({ ...request, prompt }, { ...origin, language }, parts.submit, taskId);
  } catch (error) {
    await admitted.release();
    throw error;
  }
  parts.wake();
  await takeButtons(turn);
}

function freeId({ parts, asked }: Turn): string {
  for (;;) {
    const taskId = renderTaskId({ chatId: asked.chat.id, ts: parts.nextTs() });
    if (!parts.tasks.exists(taskId)) return taskId;
  }
}
