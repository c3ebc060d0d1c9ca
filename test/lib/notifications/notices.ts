/** Notifications for tests, whole and with the fields that matter replaced. */

import type {
  EndedNotification,
  HandNotification,
  InterimNotification,
  ProgressNotification,
  QuestionNotification,
} from '../../../src/lib/notifications/notification.ts';

const taskId = 'task-123-1763600000000';
const about = { task_id: taskId, task_name: 'calc', agent: 'claude', yolo: false };

export function progressOf(changes: Partial<ProgressNotification> = {}): ProgressNotification {
  return {
    ...about,
    kind: 'progress',
    run: 1,
    state: 'running',
    position: null,
    waiting_for: null,
    started_at: null,
    tool: null,
    usage: null,
    outcome: null,
    ...changes,
  };
}

export function endedOf(changes: Partial<EndedNotification> = {}): EndedNotification {
  return {
    ...about,
    kind: 'ended',
    run: 1,
    outcome: 'completed',
    reason: null,
    text: 'I wrote **calc.py**.',
    output_file: null,
    duration_ms: null,
    cost_usd: null,
    usage: null,
    changed_files: [],
    note: null,
    ...changes,
  };
}

export function interimOf(changes: Partial<InterimNotification> = {}): InterimNotification {
  return { ...about, kind: 'interim', run: 1, index: 1, text: 'The tests run.', background: [], ...changes };
}

export function handOf(changes: Partial<HandNotification> = {}): HandNotification {
  return { kind: 'hand', event: 'Stop', folder: '/home/ada/src/shop', text: 'All *done*.', ...changes };
}

export function questionOf(changes: Partial<QuestionNotification> = {}): QuestionNotification {
  return {
    ...about,
    kind: 'question',
    run: 1,
    approval_id: 'mi7x2k3pa8f2',
    tool: 'Bash',
    fields: [
      { name: 'command', value: 'npm test' },
      { name: 'description', value: 'Run the tests' },
    ],
    input_file: null,
    patience_ms: 1_800_000,
    answer: null,
    ...changes,
  };
}
