// A child that runs life.ts, seen from the test: what it said, and how it ended.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { eventually } from '../eventually.ts';
import type { LifeArguments, Line, Word } from './life.ts';

export class LifeProcess {
  readonly words: Word[] = [];
  readonly #child: ChildProcess;
  readonly #over: Promise<void>;
  #isOver = false;

  /** `program` is what `writeLifeProgram` wrote; `fault`, what it finds in TROUPE_FAULT. */
  constructor(program: string, given: LifeArguments, fault = '') {
    this.#child = spawn(process.execPath, ['--expose-gc', program, JSON.stringify(given)], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, TROUPE_FAULT: fault },
    });
    const { stdin, stdout } = this.#child;
    if (stdin === null || stdout === null)
      throw new TypeError('A child needs its standard input and output.');
    // A line to a child that was killed is lost, as it should be.
    stdin.on('error', () => {});
    createInterface({ input: stdout }).on('line', (line) => this.words.push(JSON.parse(line) as Word));
    // 'close' comes once everything it wrote has been read.
    this.#over = once(this.#child, 'close').then(() => {
      this.#isOver = true;
    });
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Whether it was killed by itself: the test sends SIGTERM only. */
  get wasKilled(): boolean {
    return this.#child.signalCode === 'SIGKILL';
  }

  get isStopped(): boolean {
    try {
      const status = readFileSync(`/proc/${this.#child.pid ?? 0}/stat`, 'utf8');
      return /\) T /.test(status);
    } catch {
      return false;
    }
  }

  /** How often, or how far: the largest number said under `key`. */
  last(key: 'sent' | 'settled' | 'received'): number {
    return this.words.reduce((largest, word) => Math.max(largest, word[key] ?? 0), 0);
  }

  find<K extends keyof Word>(key: K): Word[K] | undefined {
    return this.words.find((word) => word[key] !== undefined)?.[key];
  }

  say(line: Line): void {
    this.#child.stdin?.write(`${JSON.stringify(line)}\n`);
  }

  resume(): void {
    this.#child.kill('SIGCONT');
  }

  /** Waits until it has said `key`, or is over: undefined then. */
  async until<K extends keyof Word>(key: K): Promise<Word[K] | undefined> {
    await eventually(`a child says ${key}`, () => this.find(key) !== undefined || this.#isOver);
    return this.find(key);
  }

  async over(): Promise<void> {
    await eventually('a child ends', () => this.#isOver);
    await this.#over;
  }

  /** Ends it, whatever it does; after success nothing is left to end. */
  async abandon(): Promise<void> {
    if (this.#isOver) return;
    this.#child.kill('SIGCONT');
    this.#child.kill('SIGTERM');
    await this.over();
  }
}
