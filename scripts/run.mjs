// Starts a program and tells how it ended: quietly with its output kept, or in the foreground as if it were this process.
// Either way a signal that is meant to end this process ends the program first, so that nothing goes on unwatched.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root of the workspace, without a slash at its end. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** @type {readonly NodeJS.Signals[]} */
const HANDED_ON = ['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGUSR2'];

/**
 * Runs to the end with the output kept.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {import('node:child_process').SpawnOptions} [options] defaults: the workspace root, this environment
 * @returns {Promise<{ code: number, output: string }>} `output` is both streams as they came; a program that cannot
 * be started or dies by a signal has a code other than 0
 */
export async function runQuietly(command, args, options = {}) {
  const child = spawn(command, args, { cwd: root, ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  /** @type {Buffer[]} */
  const chunks = [];
  child.stdout?.on('data', (chunk) => chunks.push(chunk));
  child.stderr?.on('data', (chunk) => chunks.push(chunk));
  const { code, failure, signal } = await end(command, child);
  if (signal !== undefined) process.kill(process.pid, signal); // nobody is left to tell what the output was
  return { code, output: failure ?? Buffer.concat(chunks).toString() };
}

/**
 * Runs in the foreground: same terminal, and resolves with the exit code (128 + number for a signal).
 * @param {string} command
 * @param {readonly string[]} args
 * @param {import('node:child_process').SpawnOptions} [options]
 * @returns {Promise<number>}
 */
export async function runInForeground(command, args, options = {}) {
  const { code, failure } = await end(
    command,
    spawn(command, args, { cwd: root, stdio: 'inherit', ...options }),
  );
  if (failure !== undefined) console.error(failure);
  return code;
}

/**
 * The time since then as it stands on a line for people: `8.5 s`.
 * @param {number} startedAt from `performance.now()`
 */
export function secondsSince(startedAt) {
  return `${((performance.now() - startedAt) / 1000).toFixed(1)} s`;
}

/**
 * @param {string} command
 * @param {import('node:child_process').ChildProcess} child
 * @returns {Promise<{ code: number, failure?: string, signal?: NodeJS.Signals }>} `failure` says why it could not be
 * started, `signal` which one came for this process meanwhile
 */
function end(command, child) {
  return new Promise((resolve) => {
    /** @type {NodeJS.Signals | undefined} */
    let received;
    /** @param {NodeJS.Signals} signal */
    const handOn = (signal) => {
      received = signal;
      // A terminal gives Ctrl-C to all of its foreground, the child included; a second one would mean "at once".
      const alreadyThere = process.stdin.isTTY && (signal === 'SIGINT' || signal === 'SIGQUIT');
      if (!alreadyThere) child.kill(signal);
    };
    for (const signal of HANDED_ON) process.on(signal, handOn);
    /** @param {{ code: number, failure?: string, signal?: NodeJS.Signals }} result */
    const finish = (result) => {
      for (const signal of HANDED_ON) process.off(signal, handOn);
      resolve(result);
    };
    child.on('error', (error) =>
      finish({ code: 127, failure: `${command} could not be started: ${error.message}` }),
    );
    child.on('close', (code, signal) =>
      finish({ code: exitCode(code, signal), ...(received && { signal: received }) }),
    );
  });
}

/**
 * @param {number | null} code
 * @param {NodeJS.Signals | null} signal
 */
function exitCode(code, signal) {
  return signal === null ? (code ?? 1) : 128 + constants.signals[signal];
}
