// The system as one process has joined it: what `ActorSystem` promises, handed to the parts of its node.
import { EventEmitter } from 'node:events';
import type TypedEmitter from 'typed-emitter';
import type { NodeId } from '../address.ts';
import { createRef, type ActorRef, type AnyRef } from '../actor/actor-ref.ts';
import type { ActorDefinition, Down } from '../actor/behavior.ts';
import type { FindOptions, PoolArguments, SpawnArguments } from '../actor/spawning.ts';
import type { Group } from '../actor/group.ts';
import type { Protocol } from '../actor/protocol.ts';
import { openSystemDirectory, runtimeRoot } from '../control/runtime-directory.ts';
import { TroupeError } from '../errors.ts';
import { guarded } from '../guarded.ts';
import { moduleBeingImported } from '../host/bootstrap.ts';
import { readDuration } from '../units.ts';
import type { AccountSnapshot } from './account.ts';
import type { ActorProcess } from './actor-process.ts';
import type { ActorSnapshot, ActorSystem, ShutdownOptions, SystemEvents } from './actor-system.ts';
import { loadSettings } from './configuration.ts';
import { Finder } from './finder.ts';
import type { LetterCounts } from './letters.ts';
import { Node } from './node.ts';
import { createPoolRef, type PoolRef } from './pool/pool-ref.ts';
import { ProcessActor } from './process-actor.ts';
import { processOf } from './process-of.ts';
import type { ShutdownHook } from './shutdown-hooks.ts';
import { describeShutdown, type ShutdownPhase, type ShutdownReport } from './shutdown-report.ts';
import { Shutdown } from './shutdown.ts';
import { Spawner } from './spawner.ts';
import type { AnyDefinition } from './starter.ts';
import { stopOnSignals } from './stop-signals.ts';
import type { Settings, SystemOptions } from './system-options.ts';
import type { TransportFallback } from './transport-fallback.ts';
import { machine, type World } from './world.ts';

export class JoinedSystem implements ActorSystem {
  readonly name: string;
  readonly node: NodeId;
  readonly directory: string;
  readonly transport: string;
  readonly #node: Node;
  readonly #spawner: Spawner;
  readonly #finder: Finder;
  readonly #events: TypedEmitter<SystemEvents>;
  readonly #shutdown: Shutdown;
  readonly #forgetSignals: () => void;
  #stopping: Promise<ShutdownReport> | undefined;

  constructor(node: Node, events: TypedEmitter<SystemEvents>) {
    this.name = node.settings.name;
    this.node = node.id;
    this.directory = node.directory;
    this.transport = node.transports.name;
    this.#node = node;
    this.#events = events;
    this.#finder = new Finder(node);
    this.#spawner = new Spawner(node, this.#finder, {
      decided: (event) => guarded(() => events.emit('supervision', event)),
      crashed: (crash) => guarded(() => events.emit('crash', crash)),
      closed: (child, report) => this.#shutdown.closing.told(child, report),
    });
    const { processes } = this.#spawner.starter;
    processes.fill();
    this.#shutdown = new Shutdown(node, processes);
    this.#forgetSignals = stopOnSignals({
      signals: node.settings.stopSignals,
      stop: (reason) => this.stop({ reason }),
      hurry: () => node.exit.hurry(),
    });
  }

  async spawn<Args, P extends Protocol>(
    definition: ActorDefinition<Args, P>,
    ...options: SpawnArguments<Args>
  ): Promise<ActorRef<P>> {
    this.#assertRunning('spawn');
    const untyped = definition as unknown as AnyDefinition;
    return createRef<P>(await this.#spawner.spawn(untyped, options[0]));
  }

  async spawnPool<Args, P extends Protocol>(
    definition: ActorDefinition<Args, P>,
    ...options: PoolArguments<Args>
  ): Promise<PoolRef<P>> {
    this.#assertRunning('spawnPool');
    const untyped = definition as unknown as AnyDefinition;
    return createPoolRef<P>(await this.#spawner.spawnPool(untyped, options[0]));
  }

  async find<Args, P extends Protocol>(
    _definition: ActorDefinition<Args, P>,
    name: string,
    options?: FindOptions,
  ): Promise<ActorRef<P> | undefined> {
    this.#assertRunning('find');
    return (await this.#finder.find(name, options)) as ActorRef<P> | undefined;
  }

  group<P extends Protocol = Protocol>(name: string): Group<P> {
    this.#assertRunning('group');
    return this.#node.groups.get(name) as Group<P>;
  }

  watch(ref: AnyRef, listener: (down: Down) => void): () => void {
    this.#assertRunning('watch');
    const watcher = this.#node.locals.nextNumber();
    this.#node.bonds.watch(ref, watcher, listener);
    return () => this.#node.bonds.unwatch(ref, watcher);
  }

  processOf(ref: AnyRef): ActorProcess {
    this.#assertRunning('processOf');
    return processOf(this.#node, ref);
  }

  on<E extends keyof SystemEvents>(event: E, listener: SystemEvents[E]): this {
    this.#events.on(event, listener);
    return this;
  }

  off<E extends keyof SystemEvents>(event: E, listener: SystemEvents[E]): this {
    this.#events.off(event, listener);
    return this;
  }

  get warmProcesses(): number {
    return this.#spawner.starter.processes.ready;
  }

  account(): AccountSnapshot {
    return this.#node.account.snapshot();
  }

  letters(): LetterCounts {
    return this.#node.letters.counts;
  }

  actors(): readonly ActorSnapshot[] {
    return this.#node.locals.all.map((actor) => ({
      label: actor.address.label,
      pid: actor instanceof ProcessActor ? actor.pid : this.#node.world.pid,
      state: actor.state,
      depth: actor.depth,
      restarts: actor instanceof ProcessActor ? actor.restarts : 0,
    }));
  }

  onShutdown(phase: ShutdownPhase, hook: ShutdownHook): () => void {
    this.#assertRunning('onShutdown');
    return this.#shutdown.hooks.add(phase, hook);
  }

  async stop({ timeout, reason = 'stop' }: ShutdownOptions = {}): Promise<ShutdownReport> {
    const timeoutMs = readDuration('stop', 'timeout', timeout);
    this.#stopping ??= this.#stop(timeoutMs, reason);
    return this.#stopping;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #stop(timeoutMs: number | undefined, reason: string): Promise<ShutdownReport> {
    const { shutdownTimeoutMs } = this.#node.settings;
    try {
      const report = await this.#shutdown.run({
        reason,
        timeoutMs: timeoutMs ?? shutdownTimeoutMs,
        actorTimeoutMs: timeoutMs,
      });
      this.#node.log[report.exitCode === 0 ? 'info' : 'warn'](describeShutdown(report));
      guarded(() => this.#events.emit('stopped', report));
      return report;
    } finally {
      this.#forgetSignals();
    }
  }

  #assertRunning(operation: string): void {
    if (!this.#shutdown.isDraining) return;
    throw new TroupeError(
      'TROUPE_SYSTEM_STOPPED',
      `${operation}: the system '${this.name}' is stopped in this process; create another`,
    );
  }
}

/**
 * Joins the system `name`, which begins with the first process that does. Options in code come under those of
 * `troupe.config.json` or `troupe.config.mjs` in the working directory, and those under `TROUPE_*` variables.
 * Rejects with TROUPE_CONFIGURATION, TROUPE_TRANSPORT_UNAVAILABLE, TROUPE_LIMIT or TROUPE_RUNTIME_DIRECTORY.
 */
export async function createSystem(options: SystemOptions = {}): Promise<ActorSystem> {
  const importing = moduleBeingImported();
  if (importing !== undefined)
    throw new TroupeError(
      'TROUPE_CONFIGURATION',
      `createSystem: ${importing} was imported for its actor and creates a system as well; move the actor to a module of its own`,
    );
  const settings = await loadSettings(options, process.env, process.cwd());
  const { node, events } = await joinSystem(settings, machine);
  return new JoinedSystem(node, events);
}

/** A node that is in its system, and to whom is told what happens in it. */
export interface Joined {
  readonly node: Node;
  readonly events: TypedEmitter<SystemEvents>;
}

/** Joins a system in `world`. */
export async function joinSystem(settings: Settings, world: World): Promise<Joined> {
  const events = new EventEmitter() as TypedEmitter<SystemEvents>;
  const early: TransportFallback[] = [];
  let tell = (fallback: TransportFallback): unknown => early.push(fallback);
  const node = new Node({
    world,
    settings,
    node: world.newNodeId(),
    directory: openSystemDirectory(runtimeRoot(settings.runtimeDirectory), settings.name),
    transportBases: [],
    onDeadLetter: (letter) => guarded(() => events.emit('deadLetter', letter)),
    onTransportFallback: (fallback) => tell(fallback),
  });
  try {
    // The default transport may be missing where no second process is ever needed; a chosen one may not.
    if (settings.transportIsChosen) {
      await node.chooseTransport();
      await node.openLetterbox();
    }
  } catch (error) {
    await node.close(0);
    throw error;
  }
  const told = (fallback: TransportFallback): void =>
    guarded(() => events.emit('transportFallback', fallback));
  tell = told;
  // Nobody could listen before.
  if (early.length > 0) setImmediate(() => early.forEach(told));
  return { node, events };
}
