// Named steps in the work of a transport, at which a test can kill or stop the process: what dies in between must cost
// nobody else anything. Nothing happens at a step unless `TROUPE_FAULT` was set when the process started; then
//
//   TROUPE_FAULT=shm.publish.before=kill      the process kills itself there
//   TROUPE_FAULT=shm.publish.before#3=stop    it stops there, at the third time, until somebody continues it
//   TROUPE_FAULT=trace=/tmp/steps             it writes the name of each step into a file, a line each
import { appendFileSync } from 'node:fs';

const SPECIFICATION = /^([a-z0-9.-]+)(?:#([1-9][0-9]*))?=(kill|stop)$/;
const SIGNALS = { kill: 'SIGKILL', stop: 'SIGSTOP' } as const;

/** Marks a step. A name stands at one place only: `<transport>.<what is done>.<where in it>`. */
export const step: (name: string) => void = actionOf(process.env['TROUPE_FAULT']) ?? ignoreStep;

/** What is done at each step by a process that was started with this; undefined: nothing. */
export function actionOf(specification: string | undefined): ((name: string) => void) | undefined {
  if (specification === undefined || specification === '') return undefined;
  if (specification.startsWith('trace=')) {
    const path = specification.slice('trace='.length);
    return (name) => {
      appendFileSync(path, `${name}\n`);
    };
  }
  const [, where, times = '1', action] = SPECIFICATION.exec(specification) ?? [];
  if (where === undefined || action === undefined) {
    throw new TypeError(
      `TROUPE_FAULT is '${specification}', not <step>=kill, <step>#<times>=stop or trace=<path>.`,
    );
  }
  const signal = SIGNALS[action as keyof typeof SIGNALS];
  let remaining = Number(times);
  return (name) => {
    if (name !== where) return;
    remaining -= 1;
    // Neither returns before it has taken effect.
    if (remaining === 0) process.kill(process.pid, signal);
  };
}

function ignoreStep(_name: string): void {}
