// Another program of the system, started by a test and driven through its standard input: see fixtures/program.mjs.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { ShutdownReport, SystemOptions } from 'troupe';
import { FIXTURES } from './actors.ts';
import { soon } from './eventually.ts';

/** How a process ended: its code, or the signal that ended it. */
export type Exit = number | string;

/** What a program says without being asked. */
export interface Notice {
  readonly down?: string;
  readonly kind?: string;
  readonly message?: string;
  readonly lost?: number;
  readonly nameIsFree?: boolean;
  readonly uncaught?: string;
  readonly hook?: string;
  readonly reason?: string;
  readonly hookEnded?: string;
  readonly report?: ShutdownReport;
}

interface Answer extends Notice {
  readonly ready?: string;
  readonly id?: number;
  readonly value?: unknown;
  readonly error?: { readonly name: string; readonly message: string; readonly code?: string };
}

export interface Program {
  readonly pid: number;
  /** Its node in the system. */
  readonly node: string;
  readonly notices: readonly Notice[];
  /** What it wrote to standard error so far. */
  readonly errors: () => string;
  readonly exited: Promise<Exit>;
  call(command: string, ...parameters: readonly unknown[]): Promise<unknown>;
  /** As `call`, without waiting: for commands that end the program. */
  send(command: string, ...parameters: readonly unknown[]): void;
  kill(signal: NodeJS.Signals): void;
  /** Lets it stop its system and waits for its end. */
  leave(): Promise<Exit>;
}

export interface ProgramOptions {
  readonly environment: NodeJS.ProcessEnv;
  readonly file?: string;
  readonly flags?: readonly string[];
  readonly cwd?: string;
  /** Whether it is to lead a process group of its own. */
  readonly detached?: boolean;
}

/** Starts a program; resolves when it has joined the system. */
export async function startProgram(system: SystemOptions, options: ProgramOptions): Promise<Program> {
  const { environment, file = 'program.mjs', flags = [], cwd, detached = false } = options;
  const child = spawn(
    process.execPath,
    ['--expose-gc', ...flags, join(FIXTURES, file), JSON.stringify({ logLevel: 'silent', ...system })],
    { stdio: ['pipe', 'pipe', 'pipe'], env: environment, cwd, detached },
  );
  const open = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  const notices: Notice[] = [];
  let node = '';
  let errors = '';
  let calls = 0;
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  // A program that was killed cannot be written to; that it is gone shows elsewhere.
  child.stdin.on('error', () => undefined);
  const exited = once(child, 'close').then(([code, signal]: unknown[]) => {
    for (const { reject } of open.values()) reject(new Error(`the program ended: ${errors}`));
    return (signal ?? code) as Exit;
  });
  const ready = new Promise<void>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const answer = JSON.parse(line) as Answer;
      if (answer.ready !== undefined) {
        node = answer.ready;
        resolve();
      } else if (answer.id === undefined) notices.push(answer);
      else {
        const call = open.get(answer.id);
        open.delete(answer.id);
        if (answer.error === undefined) call?.resolve(answer.value);
        else call?.reject(Object.assign(new Error(answer.error.message), answer.error));
      }
    });
    void exited.then((exit) => reject(new Error(`the program ended with ${String(exit)}: ${errors}`)));
  });
  await soon('the program joins the system', ready);
  const send = (command: string, parameters: readonly unknown[]): void => {
    calls += 1;
    child.stdin.write(`${JSON.stringify([calls, command, ...parameters])}\n`);
  };
  return {
    pid: child.pid ?? 0,
    node,
    notices,
    errors: () => errors,
    exited,
    send: (command, ...parameters) => send(command, parameters),
    call(command, ...parameters) {
      send(command, parameters);
      const id = calls;
      const answer = new Promise<unknown>((resolve, reject) => open.set(id, { resolve, reject }));
      return soon(`the program answers ${command}`, answer, 30_000);
    },
    kill: (signal) => void child.kill(signal),
    leave() {
      child.stdin.end();
      return soon('the program ends', exited);
    },
  };
}
