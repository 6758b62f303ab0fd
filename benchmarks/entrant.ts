// One contender in one cell as the program that compares them sees it: a process that measures when asked.
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Contender } from './contender.ts';
import type { Measure, Sample } from './measure.ts';
import type { NearArguments, Request, Response } from './near.ts';
import type { PayloadSize } from './payload.ts';

const CLOSE_TIMEOUT_MS = 10_000;
// Nothing that is measured takes so long, unless something was lost that is waited for.
const ANSWER_TIMEOUT_MS = 60_000;

/** The contender cannot take part here; the message says why. */
export class Unavailable extends Error {}

export interface StartOptions {
  /** Where each process is to write a CPU profile when it ends. */
  readonly profile: string | undefined;
  /** Module with further contenders. */
  readonly module: string | undefined;
}

export class Entrant {
  readonly name: string;
  readonly #near: ChildProcess;

  private constructor(name: string, near: ChildProcess) {
    this.name = name;
    this.#near = near;
  }

  /** Starts all processes of the contender. Rejects with `Unavailable` when it cannot take part. */
  static async start(
    { name }: Contender,
    { name: measure, execArgv = [] }: Measure,
    { profile, module }: StartOptions,
  ): Promise<Entrant> {
    const directory = join(profile ?? '', `${measure} ${name}`.replaceAll(' ', '-'));
    const profiling = profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${resolve(directory)}`];
    const given: NearArguments = { contender: name, measure, module };
    const near = fork(fileURLToPath(new URL('./near.js', import.meta.url)), [JSON.stringify(given)], {
      execArgv: [...execArgv, ...profiling],
    });
    const entrant = new Entrant(name, near);
    const response = await entrant.#response();
    if (response.type === 'opened') return entrant;
    near.kill();
    throw response.type === 'unavailable' ? new Unavailable(response.reason) : entrant.#failure(response);
  }

  async measure(size: PayloadSize, durationMs: number): Promise<Sample> {
    const answered = this.#response();
    this.#request({ type: 'measure', size, durationMs });
    const response = await answered;
    if (response.type === 'sample') return response.sample;
    throw this.#failure(response);
  }

  /** Has the code compiled that the measurements will run. */
  async warmUp(size: PayloadSize, durationMs: number): Promise<void> {
    const answered = this.#response();
    this.#request({ type: 'warm-up', size, durationMs });
    const response = await answered;
    if (response.type !== 'warm') throw this.#failure(response);
  }

  /** Ends all its processes: in order, or without it when that takes too long. */
  async close(): Promise<void> {
    if (this.#near.exitCode !== null || this.#near.signalCode !== null) return;
    const exited = once(this.#near, 'exit');
    const timer = setTimeout(() => this.#near.kill('SIGKILL'), CLOSE_TIMEOUT_MS);
    this.#request({ type: 'close' });
    await exited;
    clearTimeout(timer);
  }

  #request(request: Request): void {
    if (this.#near.connected) this.#near.send(request);
  }

  async #response(): Promise<Response> {
    const gone = new AbortController();
    const onExit = (): void => gone.abort('its process ended');
    if (!this.#near.connected) onExit();
    this.#near.once('exit', onExit);
    const timer = setTimeout(() => gone.abort('it gave no answer; was a message lost?'), ANSWER_TIMEOUT_MS);
    try {
      const [response] = (await once(this.#near, 'message', { signal: gone.signal })) as [Response];
      return response;
    } catch (error) {
      if (!gone.signal.aborted) throw error;
      this.#near.kill('SIGKILL');
      throw new Error(`${this.name}: ${String(gone.signal.reason)}`, { cause: error });
    } finally {
      clearTimeout(timer);
      this.#near.off('exit', onExit);
    }
  }

  #failure(response: Response): Error {
    return new Error(`${this.name}: ${'reason' in response ? response.reason : response.type}`);
  }
}
