// A process that submits a task, or works, and kills itself with SIGKILL right before its n-th change to the disk.

import type { Environment } from './crash-worker.ts';
import { openApp, submit, workUntilIdle } from './crash-worker.ts';

export interface StepRequest {
  env: Environment;
  cwd: string;
  /** Counts from 1; a number beyond the last step lets it live. */
  killAt: number;
  /** The request of a task to submit; null to work until nothing is left. */
  submit: Record<string, unknown> | null;
}

const request = JSON.parse(process.argv[2] ?? '') as StepRequest;
let step = 0;
const app = openApp(request.env, request.cwd, () => {
  if (++step === request.killAt) process.kill(process.pid, 'SIGKILL');
});
if (request.submit) await submit(app, request.submit);
else await workUntilIdle(app);
