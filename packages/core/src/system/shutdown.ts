// Stops a system in one process, in phases, all of them inside one deadline: hooks before; actors, last one started first; what
// the node holds, which is names, lanes, connections; hooks after. Each phase leaves those behind it their part of the time.
import { isDoneWithin } from '../within.ts';
import { Closing } from './closing.ts';
import type { LocalActor } from './local-actors.ts';
import type { Node } from './node.ts';
import type { ProcessSupply } from './process-supply.ts';
import { ShutdownHooks } from './shutdown-hooks.ts';
import { exitCodeOf, type Hung, type ShutdownReport } from './shutdown-report.ts';

// How much of the time may be gone when a phase has to make way for the next. Who has not ended by `drain` is ended.
const SHARES = { before: 0.4, drain: 0.8, end: 0.88, leave: 0.95, after: 1 };

// How long another program is waited for that takes nothing, whatever time is left: a third each for what waits, for the
// lane, and for the connection.
const LONGEST_LEAVE_MS = 6000;

export interface ShutdownPlan {
  readonly reason: string;
  readonly timeoutMs: number;
  /** How long one actor may take; undefined: as long as each does by itself. Less when there is less time left. */
  readonly actorTimeoutMs: number | undefined;
}

export class Shutdown {
  readonly hooks: ShutdownHooks;
  readonly closing: Closing;
  readonly #node: Node;
  readonly #processes: ProcessSupply;
  #isDraining = false;

  constructor(node: Node, processes: ProcessSupply) {
    this.#node = node;
    this.#processes = processes;
    this.hooks = new ShutdownHooks(node.clock, node.world.pid);
    this.closing = new Closing(node);
  }

  /** Whether the system takes no more work. */
  get isDraining(): boolean {
    return this.#isDraining;
  }

  /** To be called once. */
  async run({ reason, timeoutMs, actorTimeoutMs }: ShutdownPlan): Promise<ShutdownReport> {
    const { clock } = this.#node;
    const startMs = clock.now();
    const until = (share: number): number => startMs + timeoutMs * share;
    this.closing.begin();
    if (this.hooks.has('before')) await this.hooks.run('before', reason, until(SHARES.before));
    this.#isDraining = true;
    const spares = this.#processes.close();
    await this.#drain(until(SHARES.drain), actorTimeoutMs);
    await this.#end(until(SHARES.end), spares);
    const unheard = await this.#leave(until(SHARES.leave));
    await this.hooks.run('after', reason, until(SHARES.after));
    const family = this.closing.report();
    const hung = [...family.hung, ...unheard, ...this.hooks.hung];
    const failedHooks = this.hooks.failed;
    const exitCode = exitCodeOf({ ...family, hung }, failedHooks);
    return { reason, tookMs: Math.round(clock.now() - startMs), ...family, hung, failedHooks, exitCode };
  }

  /** Stops who was not started by another actor, which stops its own; the last one first, and the next when it has ended. */
  async #drain(untilMs: number, actorTimeoutMs: number | undefined): Promise<void> {
    const { locals } = this.#node;
    const stop = (actor: LocalActor): Promise<void> => actor.stop(actorTimeoutMs, true);
    const roots = [...locals.roots].reverse();
    const stopping: Promise<void>[] = [];
    for (const [index, actor] of roots.entries()) {
      const stopped = stop(actor);
      stopping.push(stopped);
      // One that hangs leaves those behind it their part of the time.
      await this.#wait(this.#leftMs(untilMs) / (roots.length - index), stopped);
    }
    await this.#wait(this.#leftMs(untilMs), Promise.all(stopping));
    // What was being started by one that has ended meanwhile.
    await this.#wait(this.#leftMs(untilMs), Promise.all(locals.all.map(stop)));
  }

  /** Ends whoever is left; a process that does not answer is killed. */
  async #end(untilMs: number, spares: Promise<void>): Promise<void> {
    const late = [...this.#node.locals.all];
    for (const actor of late) this.closing.hung(actor);
    const ended = Promise.all([...late.map((actor) => actor.stop(0, false)), spares]);
    await this.#wait(this.#leftMs(untilMs), ended);
  }

  async #leave(untilMs: number): Promise<readonly Hung[]> {
    const node = this.#node;
    const leftMs = Math.min(LONGEST_LEAVE_MS, this.#leftMs(untilMs));
    if (await this.#wait(leftMs, node.close(leftMs / 3))) return [];
    return [...node.neighbours.links].map(({ pid }) => ({
      kind: 'connection',
      name: `process ${String(pid)}`,
      pid,
    }));
  }

  #wait(timeoutMs: number, work: Promise<unknown>): Promise<boolean> {
    return isDoneWithin(this.#node.clock, timeoutMs, work);
  }

  #leftMs(untilMs: number): number {
    return Math.max(1, untilMs - this.#node.clock.now());
  }
}
