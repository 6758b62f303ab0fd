// One contender as the program that compares them sees it: a process that measures when asked.
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Contender } from './contender.ts';
import type { Sample } from './measure.ts';
import type { Request, Response } from './near.ts';
import type { Cell } from './workload.ts';

const CLOSE_TIMEOUT_MS = 10_000;

/** The contender cannot take part here; the message says why. */
export class Unavailable extends Error {}

export class Entrant {
  readonly contender: Contender;
  readonly #near: ChildProcess;

  private constructor(contender: Contender, near: ChildProcess) {
    this.contender = contender;
    this.#near = near;
  }

  /**
   * Starts both processes of the contender. With `profiles` each writes a CPU profile when it ends, to a directory there that
   * is called like the contender.
   * Rejects with `Unavailable` when it cannot take part.
   */
  static async start(contender: Contender, profiles: string | undefined): Promise<Entrant> {
    const directory = join(profiles ?? '', contender.name.replaceAll(' ', '-'));
    const profile = profiles === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${resolve(directory)}`];
    const near = fork(fileURLToPath(new URL('./near.ts', import.meta.url)), [contender.name], {
      execArgv: [...process.execArgv, ...profile],
    });
    const entrant = new Entrant(contender, near);
    const response = await entrant.#response();
    if (response.type === 'opened') return entrant;
    near.kill();
    throw response.type === 'unavailable' ? new Unavailable(response.reason) : entrant.#failure(response);
  }

  async measure(cell: Cell, durationMs: number): Promise<Sample> {
    this.#request({ type: 'measure', cell, durationMs });
    const response = await this.#response();
    if (response.type === 'sample') return response.sample;
    throw this.#failure(response);
  }

  /** Ends both processes: in order, or without it when that takes too long. */
  async close(): Promise<void> {
    if (this.#near.exitCode !== null || this.#near.signalCode !== null) return;
    const exited = once(this.#near, 'exit');
    const timer = setTimeout(() => this.#near.kill('SIGKILL'), CLOSE_TIMEOUT_MS);
    this.#request({ type: 'close' });
    await exited;
    clearTimeout(timer);
  }

  #request(request: Request): void {
    this.#near.send(request);
  }

  async #response(): Promise<Response> {
    const ended = new AbortController();
    const onExit = (): void => ended.abort();
    this.#near.once('exit', onExit);
    try {
      const [response] = (await once(this.#near, 'message', { signal: ended.signal })) as [Response];
      return response;
    } catch {
      throw new Error(`${this.contender.name}: its process ended while it was measured`);
    } finally {
      this.#near.off('exit', onExit);
    }
  }

  #failure(response: Response): Error {
    return new Error(`${this.contender.name}: ${'reason' in response ? response.reason : response.type}`);
  }
}
