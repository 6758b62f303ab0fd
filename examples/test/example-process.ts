// Runs an example as its reader would, as a process of its own, and finds what it left behind: files in the runtime directory
// and processes that were started from it.
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const examples = fileURLToPath(new URL('../', import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** One runtime directory, and the programs that were started with it. */
export class Stage {
  readonly #runtimeDirectory = mkdtempSync(join(tmpdir(), 'troupe-examples-'));
  readonly #programs: Program[] = [];

  /** `file` is below `examples/`. */
  start(file: string, args: readonly string[] = [], env: Readonly<Record<string, string>> = {}): Program {
    return this.#start(process.execPath, argumentsOf(file, args), env);
  }

  /** The same where no file, and no shared memory, may have more than `bytes`. */
  startWithSmallFiles(file: string, args: readonly string[], bytes: number): Program {
    return this.#start('prlimit', [`--fsize=${bytes}`, process.execPath, ...argumentsOf(file, args)], {});
  }

  /** The same where no POSIX message queue may be made. */
  startWithoutQueues(file: string, args: readonly string[]): Program {
    return this.#start('prlimit', ['--msgqueue=0', process.execPath, ...argumentsOf(file, args)], {});
  }

  /** The same on a terminal of 100 columns and 40 rows; what it says there is all in `stdout`. */
  startOnTerminal(file: string, args: readonly string[]): Program {
    const words = [process.execPath, ...argumentsOf(file, args)].map((word) => `'${word}'`);
    const command = `stty columns 100 rows 40; exec ${words.join(' ')}`;
    return this.#start('script', ['-qec', command, '/dev/null'], { SHELL: '/bin/sh', TERM: 'xterm' });
  }

  /** Files of the runtime directory and processes that know it; none once all programs have ended. */
  leavings(): readonly string[] {
    return [
      ...readdirSync(this.#runtimeDirectory, { recursive: true, encoding: 'utf8' }),
      ...readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && this.#isStartedFromHere(pid)),
    ];
  }

  /** For after a test, however it went. */
  async clear(): Promise<void> {
    await Promise.all(this.#programs.map((program) => program.kill()));
    rmSync(this.#runtimeDirectory, { recursive: true, force: true });
  }

  #start(command: string, args: readonly string[], env: Readonly<Record<string, string>>): Program {
    const { FORCE_COLOR: _color, TROUPE_TRANSPORT: _transport, ...inherited } = process.env;
    const program = new Program(
      spawn(command, args, {
        cwd: examples,
        env: { ...inherited, NO_COLOR: '1', TROUPE_RUNTIME_DIR: this.#runtimeDirectory, ...env },
        stdio: ['pipe', 'pipe', 'pipe'],
      }),
    );
    this.#programs.push(program);
    return program;
  }

  #isStartedFromHere(pid: string): boolean {
    try {
      return readFileSync(`/proc/${pid}/environ`, 'utf8').includes(
        `TROUPE_RUNTIME_DIR=${this.#runtimeDirectory}\0`,
      );
    } catch {
      return false; // it ended meanwhile, or is another user's
    }
  }
}

function argumentsOf(file: string, args: readonly string[]): readonly string[] {
  return ['--import', 'tsx', join(examples, file), ...args];
}

/** An example that runs. */
export class Program {
  /** Resolves when it is gone and has said all. */
  readonly ended: Promise<Ended>;
  readonly #child: ChildProcess;
  #stdout = '';
  #stderr = '';

  constructor(child: ChildProcess) {
    this.#child = child;
    child.stdout?.on('data', (chunk: Buffer) => (this.#stdout += chunk.toString()));
    child.stderr?.on('data', (chunk: Buffer) => (this.#stderr += chunk.toString()));
    this.ended = new Promise((resolve) => {
      child.once('close', (code) => resolve({ code, stdout: this.#stdout, stderr: this.#stderr }));
    });
  }

  /** What it has said so far. */
  get stdout(): string {
    return this.#stdout;
  }

  /** Resolves once it has said `text`; rejects when it ends without. */
  async says(text: string): Promise<void> {
    let hasEnded = false;
    void this.ended.then(() => (hasEnded = true));
    while (!this.#stdout.includes(text)) {
      if (hasEnded) throw new Error(`it ended without saying "${text}": ${this.#stdout}${this.#stderr}`);
      await pause(10);
    }
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** Types `keys` on its terminal. */
  type(keys: string): void {
    this.#child.stdin?.write(keys);
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.ended;
  }
}

/** `expected-output.txt` of an example. */
export function expectedOutput(example: string): string {
  return readFileSync(join(examples, example, 'expected-output.txt'), 'utf8');
}
