// A system for tests: what `createSystem` gives, and besides that time, probes and accidents. Its processes are simulated in this
// event loop, or real; the test is the same.
import type { ActorRef, AnyRef } from '../actor/actor-ref.ts';
import type { ActorDefinition } from '../actor/behavior.ts';
import type { FindOptions, PoolArguments, SpawnArguments } from '../actor/spawning.ts';
import type { Protocol } from '../actor/protocol.ts';
import type { TroupeError } from '../errors.ts';
import type { DeadLetter } from '../system/account.ts';
import type { ActorSystem, ShutdownOptions } from '../system/actor-system.ts';
import { JoinedSystem, type Joined } from '../system/joined-system.ts';
import type { ShutdownReport } from '../system/shutdown-report.ts';
import type { PoolRef } from '../system/pool/pool-ref.ts';
import { readDuration, type Duration } from '../units.ts';
import { crashActor, failActor } from './accidents.ts';
import type { Fault } from './faults.ts';
import { describeDeadLetter, waitingIn } from './leftovers.ts';
import type { Pace } from './pace.ts';
import { DEFAULT_WITHIN, ProbeActor, type Probe, type WaitOptions } from './probe.ts';
import type { Simulation } from './simulation.ts';
import { caller, testFailed } from './test-failed.ts';

/** A system that a test has to itself; made by `createTestSystem`. */
export interface TestSystem extends ActorSystem {
  /** What decided the faults and everything else that chance decides. */
  readonly seed: number;
  /** Whether processes and time are real. */
  readonly isReal: boolean;
  /** What went wrong so far because the seed said so. */
  readonly faults: readonly Fault[];
  /** Messages that nobody handled: in all simulated processes; of real ones, in that of the test. */
  readonly deadLetters: readonly DeadLetter[];
  /** Milliseconds since the system was created. */
  now(): number;
  /** An actor that the test plays; `name` is for error messages. */
  probe<P extends Protocol = Protocol>(name?: string): Probe<P>;
  /**
   * Lets time pass: timers, pauses before restarts, deadlines of asks and all else that falls due happen one after the other,
   * each with everything it leads to. Real processes take that time.
   */
  advance(by: Duration): Promise<void>;
  /** Resolves when nothing is left to do at this instant; with real processes, when their messages to and fro have ended. */
  settled(): Promise<void>;
  /**
   * Lets time pass until `outcome` is settled, and gives its value, or until the function returns true. TROUPE_TEST_FAILED when
   * that is not so within 5 s, or within what `options` say.
   */
  until<T>(outcome: PromiseLike<T> | (() => boolean), options?: WaitOptions): Promise<T>;
  /**
   * What is left when all has come to rest, a sentence each: dead letters, messages that wait for an actor, and messages at
   * probes that `next` has not given. Of real processes what the test's own knows.
   */
  leftovers(): Promise<readonly string[]>;
  /**
   * Kills the process of an actor, or of one member of a pool, and resolves when that has come to rest; real ones with SIGKILL.
   */
  crash(ref: AnyRef): Promise<void>;
  /**
   * Has an actor fail as if a handler had thrown `error`. In a real process it is an actor linked to it that fails: one with
   * `onDown` is told instead.
   */
  fail(ref: AnyRef, error: Error): Promise<void>;
}

export interface TestSystemParts {
  readonly seed: number;
  /** Undefined when processes are real. */
  readonly simulation: Simulation | undefined;
  readonly pace: Pace;
  readonly deadLetters: DeadLetter[];
  /** Called when the system has stopped. */
  readonly release: () => void;
}

export class JoinedTestSystem extends JoinedSystem implements TestSystem {
  readonly seed: number;
  readonly isReal: boolean;
  readonly deadLetters: readonly DeadLetter[];
  readonly #joined: Joined;
  readonly #parts: TestSystemParts;
  readonly #probes: ProbeActor[] = [];

  constructor(joined: Joined, parts: TestSystemParts) {
    super(joined.node, joined.events);
    this.seed = parts.seed;
    this.isReal = parts.simulation === undefined;
    this.deadLetters = parts.deadLetters;
    this.#joined = joined;
    this.#parts = parts;
    this.on('deadLetter', (letter) => parts.deadLetters.push(letter));
  }

  get faults(): readonly Fault[] {
    return this.#parts.simulation?.faults ?? [];
  }

  now(): number {
    return this.#parts.pace.now();
  }

  probe<P extends Protocol = Protocol>(name?: string): Probe<P> {
    const { pace } = this.#parts;
    const host = { node: this.#joined.node, pace, seed: this.#shownSeed };
    const probe = new ProbeActor(host, name ?? `probe-${String(this.#probes.length + 1)}`);
    this.#probes.push(probe);
    return probe as unknown as Probe<P>;
  }

  async advance(by: Duration): Promise<void> {
    await this.#parts.pace.advance(readDuration('advance', 'the time', by, { isFinite: true }));
  }

  async settled(): Promise<void> {
    await this.#parts.pace.settled();
  }

  async until<T>(
    outcome: PromiseLike<T> | (() => boolean),
    { within = DEFAULT_WITHIN }: WaitOptions = {},
  ): Promise<T> {
    const site = caller();
    const withinMs = readDuration('until', 'within', within, { isFinite: true });
    const { pace } = this.#parts;
    const late = (): TroupeError =>
      testFailed(this.#shownSeed, `until: it was not so within ${String(withinMs)} ms`, site);
    if (typeof outcome === 'function') {
      await pace.until(outcome, withinMs, late);
      return undefined as T;
    }
    let isDone = false;
    const finish = (): void => void (isDone = true);
    outcome.then(finish, finish);
    await pace.until(() => isDone, withinMs, late);
    return outcome;
  }

  async leftovers(): Promise<readonly string[]> {
    const { pace, simulation } = this.#parts;
    await pace.settled();
    return [
      ...this.deadLetters.map(describeDeadLetter),
      ...(simulation?.waiting ?? waitingIn(this.#joined.node, false)),
      ...this.#probes.flatMap(({ address, unread }) =>
        unread === 0 ? [] : [`${address.label} has ${String(unread)} that were not looked at`],
      ),
    ];
  }

  async crash(ref: AnyRef): Promise<void> {
    const { pace, simulation } = this.#parts;
    await crashActor(this.#joined.node, simulation, ref, pace);
    await pace.settled();
  }

  async fail(ref: AnyRef, error: Error): Promise<void> {
    const { pace, simulation } = this.#parts;
    failActor(this.#joined.node, simulation, ref, error);
    await pace.settled();
  }

  override spawn<Args, P extends Protocol>(
    definition: ActorDefinition<Args, P>,
    ...options: SpawnArguments<Args>
  ): Promise<ActorRef<P>> {
    return this.#parts.pace.carry(super.spawn(definition, ...options));
  }

  override spawnPool<Args, P extends Protocol>(
    definition: ActorDefinition<Args, P>,
    ...options: PoolArguments<Args>
  ): Promise<PoolRef<P>> {
    return this.#parts.pace.carry(super.spawnPool(definition, ...options));
  }

  override find<Args, P extends Protocol>(
    definition: ActorDefinition<Args, P>,
    name: string,
    options?: FindOptions,
  ): Promise<ActorRef<P> | undefined> {
    return this.#parts.pace.carry(super.find(definition, name, options));
  }

  override async stop(options?: ShutdownOptions): Promise<ShutdownReport> {
    try {
      return await this.#parts.pace.carry(super.stop(options));
    } finally {
      this.#parts.release();
    }
  }

  get #shownSeed(): number | undefined {
    return this.isReal ? undefined : this.seed;
  }
}
