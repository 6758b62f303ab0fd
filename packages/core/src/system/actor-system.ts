// What a program holds of Troupe: the system it has joined. This is the contract; `joined-system.ts` keeps it.
import type { ActorRef, AnyRef } from '../actor/actor-ref.ts';
import type { ActorDefinition, Down } from '../actor/behavior.ts';
import type { FindOptions, PoolArguments, SpawnArguments } from '../actor/spawning.ts';
import type { Group } from '../actor/group.ts';
import type { Protocol } from '../actor/protocol.ts';
import type { NodeId } from '../address.ts';
import type { Duration } from '../units.ts';
import type { AccountSnapshot, DeadLetter } from './account.ts';
import type { ActorProcess } from './actor-process.ts';
import type { LetterCounts } from './letters.ts';
import type { PoolRef } from './pool/pool-ref.ts';
import type { ProcessCrash } from './process-crash.ts';
import type { ShutdownHook } from './shutdown-hooks.ts';
import type { ShutdownPhase, ShutdownReport } from './shutdown-report.ts';
import type { SupervisionEvent } from './supervision-event.ts';
import type { TransportFallback } from './transport-fallback.ts';

/** What `system.on` can listen to. */
export type SystemEvents = {
  /**
   * A message that nobody handled, as far as it was this process to find out: one that reached an actor's own process is
   * a dead letter there, in the account of who sent it and in the log of that process.
   */
  deadLetter: (letter: DeadLetter) => void;
  /** An actor failed, here or in a process started from here; what is done about it, and why. */
  supervision: (event: SupervisionEvent) => void;
  /** A process that was started from here, or from one of those, was ended by an error that nobody caught. */
  crash: (crash: ProcessCrash) => void;
  /** The system was stopped, by `stop` or by a signal: how that went. */
  stopped: (report: ShutdownReport) => void;
  /**
   * A transport was passed over for one that was named behind it, here or by a peer that declined it. What `createSystem` passed
   * over is told on the turn of the event loop after it has resolved.
   */
  transportFallback: (fallback: TransportFallback) => void;
};

/** One actor as it is now. */
export interface ActorSnapshot {
  readonly label: string;
  /** Process id of an actor with a process of its own; this process's else. */
  readonly pid: number | undefined;
  readonly state: string;
  /** Messages that wait for it here or are under way to it. */
  readonly depth: number;
  readonly restarts: number;
}

/** How a system is to be stopped. */
export interface ShutdownOptions {
  /**
   * How long all of it may take, and so one actor; default the system's `shutdown.timeout`, and its `stopTimeout` for one actor.
   */
  readonly timeout?: Duration;
  /** For the report and for hooks; default `'stop'`. */
  readonly reason?: string;
}

/** A system as one process has joined it; made by `createSystem`. */
export interface ActorSystem extends AsyncDisposable {
  readonly name: string;
  /** This process in the system: a random incarnation. */
  readonly node: NodeId;
  /** Directory of the system, where its processes find each other and programs in other languages find their letterboxes. */
  readonly directory: string;
  /** Name of the transport that carries messages between processes; of a list the first that works here. */
  readonly transport: string;
  /** Processes that wait for an actor now, by the option `warmProcesses`; `actors()` does not list them. */
  readonly warmProcesses: number;
  /**
   * Starts an actor in this event loop, or with `in: 'process'` in a process of its own; resolves once its `init` has.
   * Rejects with TROUPE_START_FAILED (its `cause` is what `init` threw), TROUPE_START_TIMEOUT, TROUPE_MODULE_NOT_LOADED,
   * TROUPE_NAME_TAKEN, TROUPE_CONFIGURATION; nothing is left behind then.
   */
  spawn<Args, P extends Protocol>(
    definition: ActorDefinition<Args, P>,
    ...options: SpawnArguments<Args>
  ): Promise<ActorRef<P>>;
  /**
   * Starts several actors of one kind behind one ref: each message goes to one of them. `supervise` and `mailbox` are for
   * each member, `name` for the pool. Resolves once all run; rejects as `spawn` does, and then none is left.
   */
  spawnPool<Args, P extends Protocol>(
    definition: ActorDefinition<Args, P>,
    ...options: PoolArguments<Args>
  ): Promise<PoolRef<P>>;
  /**
   * The actor that holds `name`, in whichever process of the system; undefined when nobody does, also not until `timeout`.
   * `definition` gives the ref its type: that the actor was made from it is the caller's word.
   */
  find<Args, P extends Protocol>(
    definition: ActorDefinition<Args, P>,
    name: string,
    options?: FindOptions,
  ): Promise<ActorRef<P> | undefined>;
  /** The actors that have joined under `name`, from any process of the system: to publish to them, or to pick some. */
  group<P extends Protocol = Protocol>(name: string): Group<P>;
  /**
   * Calls `listener` once when the actor ends, soon if it has ended already, after every message it had sent here.
   * Returns a function that ends the watch.
   */
  watch(ref: AnyRef, listener: (down: Down) => void): () => void;
  /**
   * The process that an actor with a process of its own is in now, to see how it is and to control it. Throws TROUPE_NO_PROCESS
   * for an actor that has none, or that was spawned by another process.
   */
  processOf(ref: AnyRef): ActorProcess;
  on<E extends keyof SystemEvents>(event: E, listener: SystemEvents[E]): this;
  off<E extends keyof SystemEvents>(event: E, listener: SystemEvents[E]): this;
  /** How the messages sent from this process have ended so far. */
  account(): AccountSnapshot;
  /** Letters that programs in other languages have sent to this process: with `posix-mq` and `sysv-mq`, see docs/interop.md. */
  letters(): LetterCounts;
  /** The actors this process answers for. */
  actors(): readonly ActorSnapshot[];
  /**
   * Calls `hook` when the system is stopped: `'before'` the first actor is, while everything still works, or `'after'` all were
   * ended and released. Of one phase the hook that was added last is called first, the next when it is done. All have their part
   * of the one deadline, see `signal`; what a hook throws stands in the report. Returns a function that takes it back.
   */
  onShutdown(phase: ShutdownPhase, hook: ShutdownHook): () => void;
  /**
   * Ends every actor and process of this system started from here, the one started last first, then leaves it; whoever has not
   * ended in time is ended. Resolves, once the time is up at the latest, to how that went. Stopping twice is once.
   */
  stop(options?: ShutdownOptions): Promise<ShutdownReport>;
}
