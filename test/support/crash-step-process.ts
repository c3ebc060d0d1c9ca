// A process that submits a task, pauses or resumes one, or works, and kills itself with SIGKILL right before its n-th change to the disk.

import type { Environment } from './crash-worker.ts';
import { control, openApp, submit, workUntilIdle } from './crash-worker.ts';

export interface StepRequest {
  env: Environment;
  cwd: string;
  /** Counts from 1; a number beyond the last step lets it live. */
  killAt: number;
  /** The request of a task to submit; null to work until nothing is left, unless there is something to `control`. */
  submit: Record<string, unknown> | null;
  control?: Controlled;
}

export interface Controlled {
  do: 'pause' | 'resume';
  taskId: string;
}

const request = JSON.parse(process.argv[2] ?? '') as StepRequest;
let step = 0;
const app = openApp(request.env, request.cwd, () => {
  if (++step === request.killAt) process.kill(process.pid, 'SIGKILL');
});
if (request.control) await control(app, request.control);
else if (request.submit) await submit(app, request.submit);
else await workUntilIdle(app);
