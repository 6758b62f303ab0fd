// The children of one supervisor actor: starts them in order, hands them to the `Supervisor` that decides, and stops them in
// reverse order. To the actor it belongs to it is one dependent.
import type { Address } from '../address.ts';
import type { Dependent } from '../actor/dependents.ts';
import { createRef, type AnyRef } from '../actor/actor-ref.ts';
import type { EndReason } from '../actor/end-reason.ts';
import { escalated } from '../actor/failure.ts';
import type { TroupeError } from '../errors.ts';
import type { Child, SupervisorPlan } from '../supervision/define-supervisor.ts';
import type { Place } from '../supervision/place.ts';
import { RESTART_COST } from '../supervision/restart-budget.ts';
import { Supervisor, type SupervisorOptions } from '../supervision/supervisor.ts';
import type { Ward } from '../supervision/ward.ts';
import { childPlace } from './spawn-options.ts';
import type { LocalWard } from './starter.ts';

/** What a tree needs from its node, and from the actor it belongs to. */
export interface TreeHost extends Omit<SupervisorOptions, 'strategy' | 'superior' | 'escalate'> {
  /**
   * Starts an actor that is called `name` below its supervisor and reports to `place`; `created` is called before it runs.
   * Rejects when it does not come to run.
   */
  start(name: string, child: Child, place: Place, created: (actor: LocalWard) => void): Promise<LocalWard>;
  /** The supervisor has failed, and its children are stopped. */
  fail(error: TroupeError): void;
}

export class Tree implements Dependent {
  readonly #owner: Address;
  readonly #host: TreeHost;
  readonly #supervisor: Supervisor;
  readonly #children: readonly TreeChild[];
  #failure: TroupeError | undefined;
  #stopping: Promise<void> | undefined;
  #isStarted = false;

  constructor(owner: Address, plan: SupervisorPlan, host: TreeHost) {
    this.#owner = owner;
    this.#host = host;
    this.#supervisor = new Supervisor({
      ...host,
      strategy: plan.strategy,
      superior: 'supervisor',
      escalate: (place, reason, why) => this.#escalate(place, reason, why),
    });
    this.#children = Object.entries(plan.children).map(
      ([name, child]) => new TreeChild(name, child, plan, this.#supervisor, host),
    );
  }

  /** Starts all children; gives their refs. Rejects with TROUPE_ESCALATED when that cannot be done: none is left. */
  async start(): Promise<Readonly<Record<string, AnyRef>>> {
    await this.#supervisor.start();
    await this.#stopping;
    if (this.#failure !== undefined) throw this.#failure;
    this.#isStarted = true;
    return Object.fromEntries(
      this.#children.flatMap(({ name, ref }) => (ref === undefined ? [] : [[name, ref]])),
    );
  }

  addressOf(place: number): Address | undefined {
    return this.#children[place]?.address;
  }

  nameOf(place: number): string {
    return this.#children[place]?.name ?? '';
  }

  /** Each child has its own deadline; with `timeoutMs` 0 there is no time left, and all are stopped at once. */
  async stop(timeoutMs: number | undefined): Promise<void> {
    this.#supervisor.close();
    const isLate = timeoutMs === 0;
    if (isLate) await Promise.all(this.#children.map((child) => child.stop(0, false)));
    this.#stopping ??= this.#stopInReverse();
    await this.#stopping;
  }

  async #stopInReverse(): Promise<void> {
    for (const child of [...this.#children].reverse()) await child.stop(child.place.stopTimeoutMs, true);
  }

  #escalate(place: Place, reason: EndReason, why: string): void {
    this.#failure = escalated(this.#owner, `its child '${this.nameOf(place.index)}'`, reason, why);
    const error = this.#failure;
    this.#children[place.index]?.end(reason);
    const hasStarted = this.#isStarted;
    void this.stop(undefined).then(() => {
      if (hasStarted) this.#host.fail(error);
    });
  }
}

/** One child: nothing until it is started first, then an actor that lasts until it has ended for good. */
class TreeChild implements Ward {
  readonly name: string;
  readonly place: Place;
  readonly #child: Child;
  readonly #host: TreeHost;
  #actor: LocalWard | undefined;
  #starting: Promise<unknown> | undefined;

  constructor(name: string, child: Child, plan: SupervisorPlan, supervisor: Supervisor, host: TreeHost) {
    this.name = name;
    this.#child = child;
    this.#host = host;
    this.place = supervisor.add({
      ...childPlace(name, child, plan.strategy),
      ward: () => this,
      restartCost: () => this.#restartCost,
    });
  }

  get address(): Address | undefined {
    return this.#actor?.address;
  }

  get ref(): AnyRef | undefined {
    return this.#actor === undefined ? undefined : createRef(this.#actor);
  }

  async restart(): Promise<void> {
    if (this.#actor !== undefined) {
      await this.#actor.restart();
      return;
    }
    this.#starting = this.#host.start(this.name, this.#child, this.place, (actor) => {
      this.#actor = actor;
    });
    try {
      await this.#starting;
    } catch (error) {
      this.#actor = undefined;
      throw error;
    } finally {
      this.#starting = undefined;
    }
  }

  resume(): void {
    this.#actor?.resume();
  }

  async rest(timeoutMs: number | undefined): Promise<void> {
    await this.#actor?.rest(timeoutMs);
  }

  async stop(timeoutMs: number | undefined, drain: boolean): Promise<void> {
    const starting = this.#starting;
    await this.#actor?.stop(timeoutMs, drain);
    // Its first start fails when it is stopped meanwhile; then nothing is left.
    await starting?.catch(() => undefined);
    await this.#actor?.stop(timeoutMs, drain);
  }

  end(reason: EndReason): void {
    this.#actor?.end(reason);
  }

  get #restartCost(): number {
    const first = this.#child.options.in === undefined ? RESTART_COST.inLoop : RESTART_COST.newProcess;
    return this.#actor === undefined ? first : (this.#actor.restartCost ?? RESTART_COST.inLoop);
  }
}
