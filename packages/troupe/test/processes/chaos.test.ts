// Programs of one system, each with players in its own event loop and in supervised processes, send to each other at random while
// any of them is killed, or stopped for a while, and started again. What they wrote down is judged when all is over.
import { expect, it } from '@jest/globals';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { FIXTURES } from '../actors.ts';
import { checkHistory } from '../chaos/check-history.ts';
import { readBirths, readHistory, type Born } from '../chaos/history.ts';
import { soon } from '../eventually.ts';
import { watchForLeaks } from '../leak-oracle.ts';
import { randomNumbers } from '../random-numbers.ts';

const surroundings = watchForLeaks();
const IS_SOAK = process.env['TROUPE_TEST_SOAK'] !== undefined;
const ALL = ['shm', 'unix', 'fifo', 'pipe', 'posix-mq', 'sysv-mq'];
const TRANSPORTS = IS_SOAK || process.env['TROUPE_TEST_ALL_LANES'] === '1' ? ALL : ['shm', 'unix'];
const TROUBLES = IS_SOAK ? 400 : 16;
const TIMEOUT_MS = IS_SOAK ? 1_800_000 : 180_000;
const WATCHDOG_MS = 60_000;

const PROGRAMS = 3;
const own = (program: number): string => `own-${String(program)}`;
const children = (program: number): string[] => [`first-${String(program)}`, `second-${String(program)}`];
const numbers = Array.from({ length: PROGRAMS }, (_, program) => program);
const names = numbers.flatMap((program) => [own(program), ...children(program)]);

class Program {
  readonly #process: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #exited: Promise<unknown[]>;
  errors = '';

  constructor(number: number, transport: string, directory: string) {
    const options = {
      name: 'chaos',
      transport,
      runtimeDirectory: surroundings.directory,
      logLevel: 'silent',
    };
    const words = { options, own: [own(number)], children: children(number), names, directory };
    this.#process = spawn(process.execPath, [join(FIXTURES, 'players.mjs'), JSON.stringify(words)], {
      env: surroundings.environment,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.#exited = once(this.#process, 'close');
    this.#process.stderr?.setEncoding('utf8').on('data', (text: string) => (this.errors += text));
    this.#process.stdin?.on('error', () => undefined);
    this.#lines = createInterface({ input: this.#process.stdout! })[Symbol.asyncIterator]();
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  /** Waits for that line; fails with what it wrote to standard error when it ends before. */
  async says(line: string): Promise<void> {
    const said = await soon(`a program says ${line}`, this.#lines.next(), WATCHDOG_MS);
    expect([said.value, this.errors]).toEqual([line, '']);
  }

  async obeys(command: string): Promise<void> {
    this.#process.stdin?.write(`${command}\n`);
    await this.says(command);
  }

  async kill(): Promise<void> {
    this.#process.kill('SIGKILL');
    await soon('a killed program ends', this.#exited);
  }

  async leaves(): Promise<void> {
    this.#process.stdin?.end();
    expect([await soon('a program leaves', this.#exited, WATCHDOG_MS), this.errors]).toEqual([[0, null], '']);
  }
}

/** That of its last incarnation; every program says that it is ready only when its players are. */
function pidOf(player: string | undefined, births: readonly Born[]): number {
  const born = births.findLast(({ name }) => name === player);
  if (born === undefined) throw new Error(`${String(player)} never came`);
  return born.pid;
}

/** Sends it unless the process is gone: what a history tells was true a moment ago. */
function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

it.each(TRANSPORTS)(
  'over %s every promise holds while programs and actors are killed, stopped and started again',
  async (transport) => {
    const seed = Number(process.env['TROUPE_TEST_SEED'] ?? 20_261_122);
    const random = randomNumbers(seed);
    const directory = join(surroundings.scratch, 'history');
    mkdirSync(directory);
    const start = async (number: number): Promise<Program> => {
      const program = new Program(number, transport, directory);
      await program.says('ready');
      return program;
    };
    const programs = await Promise.all(numbers.map(start));

    for (let trouble = 0; trouble < TROUBLES; trouble += 1) {
      await delay(random() * 150);
      const number = Math.floor(random() * PROGRAMS);
      const program = programs[number]!;
      const isChild = random() < 0.7;
      const player = children(number)[Math.floor(random() * 2)];
      const pid = isChild ? pidOf(player, readBirths(directory)) : program.pid;
      if (random() < 0.4) {
        signal(pid, 'SIGSTOP');
        await delay(random() * 300);
        if (random() < 0.7) {
          signal(pid, 'SIGCONT');
          continue;
        }
      }
      if (isChild) signal(pid, 'SIGKILL');
      else {
        await program.kill();
        programs[number] = await start(number);
      }
    }

    for (const command of ['rest', 'account'])
      await Promise.all(programs.map((program) => program.obeys(command)));
    await Promise.all(programs.map((program) => program.leaves()));
    const history = readHistory(directory);
    expect({ seed, problems: checkHistory(history) }).toEqual({ seed, problems: [] });
    // Otherwise it has proved little.
    expect(history.filter(({ kind }) => kind === 'got').length).toBeGreaterThan(1000);
    expect(history.filter(({ kind }) => kind === 'born').length).toBeGreaterThan(names.length + TROUBLES / 4);
    expect(history.filter(({ kind }) => kind === 'down').length).toBeGreaterThan(0);
  },
  TIMEOUT_MS,
);
