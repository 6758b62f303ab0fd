// Starts actors for a node: claims the name, makes the cell or the process, puts it under its supervisor, and takes
// everything back when that fails.
import type { Address } from '../address.ts';
import { formatAddress } from '../address.ts';
import { ActorCell } from '../actor/actor-cell.ts';
import type { CellKeeper } from '../actor/cell-host.ts';
import { asError, startFailed, stopped } from '../actor/failure.ts';
import type { ContextServices } from '../actor/actor-context.ts';
import { createRef, type AnyRef, type Destination } from '../actor/actor-ref.ts';
import type {
  ActorDefinition,
  FindOptions,
  PoolOptions,
  SpawnOptions,
  UntypedRef,
} from '../actor/behavior.ts';
import type { EndReason } from '../actor/end-reason.ts';
import { resolveLimits, type MailboxLimits } from '../actor/mailbox.ts';
import type { Protocol } from '../actor/protocol.ts';
import { claimName, releaseName } from '../control/names.ts';
import { reclaimNode } from '../control/node-directory.ts';
import { TroupeError } from '../errors.ts';
import { createLogger } from '../logger.ts';
import { describeDecision, Supervisor, type SupervisorReport } from '../supervision/supervisor.ts';
import type { LocalActor } from './local-actors.ts';
import type { Pool } from './pool/pool.ts';
import { startPool } from './pool/start-pool.ts';
import { startChild } from './start-child.ts';
import { checkPoolOptions, checkSpawnOptions, labelOf } from './spawn-options.ts';
import type { Strategy } from '../supervision/strategy.ts';
import type { Finder } from './finder.ts';
import type { Node } from './node.ts';
import { ProcessActor, type ProcessActorHost } from './process-actor.ts';

export type AnyDefinition = ActorDefinition<never, Protocol>;

/** A decision about a failed actor, for those who listen. */
export type SupervisionEvent = SupervisorReport & { readonly actor: Address };

export class Spawner {
  readonly #node: Node;
  readonly #finder: Finder;
  readonly #report: (event: SupervisionEvent) => void;

  constructor(node: Node, finder: Finder, report: (event: SupervisionEvent) => void) {
    this.#node = node;
    this.#finder = finder;
    this.#report = report;
  }

  /** Starts an actor; `parent` stops it when it ends itself. */
  async spawn(
    definition: AnyDefinition,
    options: SpawnOptions<unknown> = {},
    parent?: ActorCell,
  ): Promise<Destination> {
    checkSpawnOptions(definition, options);
    const address = this.#newAddress(options.name, labelOf(definition));
    const release = this.#claim(options.name, address);
    const actor = await this.#start(definition, options, address, release);
    if (parent !== undefined) await this.#adopt(parent, actor);
    return actor;
  }

  /** Starts the members of a pool; when one cannot start, none is left. */
  async spawnPool(definition: AnyDefinition, options: PoolOptions<unknown>): Promise<Pool> {
    const { in: place, router: _router, key: _key, orphans: _orphans, name, ...shared } = options;
    const count = checkPoolOptions(definition, options);
    const member: SpawnOptions<unknown> = 'processes' in place ? { ...shared, in: 'process' } : shared;
    const limits = resolveLimits(options.mailbox, this.#node.settings.mailbox);
    const address = this.#newAddress(name, `${labelOf(definition)}-pool`);
    const release = this.#claim(name, address);
    const startMember = (slot: number): Promise<LocalActor> =>
      this.#start(definition, member, this.#newAddress(`${address.label}/${String(slot)}`), () => undefined);
    return startPool({ node: this.#node, address, count, options, limits, startMember, release });
  }

  /** Makes a cell that `keeper` looks after: for the actor of a process that has its supervisor in another. */
  createCell(
    definition: AnyDefinition,
    args: unknown,
    limits: MailboxLimits,
    address: Address,
    number: number,
    keeper: CellKeeper,
  ): ActorCell {
    const { behavior } = definition;
    const services = (cell: ActorCell): ContextServices => this.#services(cell, address, number);
    return new ActorCell(address, behavior, args, limits, this.#node.cellHost, keeper, services);
  }

  /** An address with a number of its own; one that has no name is called by its kind and number. */
  #newAddress(name: string | undefined, kind = ''): Address {
    const actor = this.#node.locals.nextNumber();
    return { node: this.#node.id, actor, label: name ?? `${kind}-${String(actor)}` };
  }

  async #start(
    definition: AnyDefinition,
    options: SpawnOptions<unknown>,
    address: Address,
    release: () => void,
  ): Promise<LocalActor> {
    const limits = resolveLimits(options.mailbox, this.#node.settings.mailbox);
    return options.in === 'process'
      ? this.#spawnProcess(definition, options, limits, address, release)
      : this.#spawnCell(definition, options, limits, address, release);
  }

  async #spawnCell(
    definition: AnyDefinition,
    options: SpawnOptions<unknown>,
    limits: MailboxLimits,
    address: Address,
    release: () => void,
  ): Promise<LocalActor> {
    const { locals } = this.#node;
    let started = false;
    const supervisor = this.#supervise(address, options.supervise, {
      restart: () => cell.restart(),
      giveUp: (reason) => cell.end(reason),
    });
    const cell: ActorCell = this.createCell(definition, options.args, limits, address, address.actor, {
      failed: (error) => supervisor.failed({ kind: 'error', error: asError(error) }),
      ended: (reason) => {
        supervisor.close();
        release();
        if (started) locals.ended(address.actor, { reason, lost: 0 });
        else locals.forget(address.actor);
      },
    });
    locals.add(cell);
    try {
      await cell.start();
    } catch (error) {
      throw startFailed(address, { kind: 'error', error: asError(error) });
    }
    started = true;
    return cell;
  }

  async #spawnProcess(
    definition: AnyDefinition,
    options: SpawnOptions<unknown>,
    limits: MailboxLimits,
    address: Address,
    release: () => void,
  ): Promise<LocalActor> {
    const { locals, settings, outgoing } = this.#node;
    const plan = {
      module: definition.url,
      index: definition.index,
      args: options.args,
      limits,
      startTimeoutMs: settings.startTimeoutMs,
    };
    const host: ProcessActorHost = {
      startProcess: (node, title) => startChild(this.#node, node, title),
      expectLink: (node) => this.#node.neighbours.expect(node),
      linkEnded: (node) => this.#node.neighbours.gone(node),
      ended: (actor, end) => {
        release();
        locals.ended(actor.address.actor, end);
      },
    };
    const actor = new ProcessActor(address, plan, host, outgoing, (self) =>
      this.#supervise(address, options.supervise, {
        restart: () => self.restart(),
        giveUp: (reason) => self.finish(reason),
      }),
    );
    locals.add(actor);
    await actor.start();
    return actor;
  }

  async #adopt(parent: ActorCell, child: Destination): Promise<void> {
    if (!parent.addChild(child)) {
      await child.stop(undefined, false);
      throw stopped('spawn', parent.address, undefined);
    }
    this.#node.locals.watch.watch(child.address.actor, 'parent', () => parent.removeChild(child));
  }

  #supervise(
    address: Address,
    strategy: Strategy | undefined,
    actions: { restart: () => void; giveUp: (reason: EndReason) => void },
  ): Supervisor {
    return new Supervisor({
      ...actions,
      strategy,
      clock: this.#node.clock,
      chance: Math.random,
      report: (decision) => {
        this.#node.log.warn(describeDecision(formatAddress(address), decision));
        this.#report({ ...decision, actor: address });
      },
    });
  }

  /** Claims the name; the function returned frees it. */
  #claim(given: string | undefined, address: Address): () => void {
    if (given === undefined) return () => undefined;
    const { directory, settings } = this.#node;
    const name = this.#finder.normalise(given);
    for (;;) {
      const holder = claimName(directory, name, address);
      if (holder === undefined) return () => releaseName(directory, name, address);
      // A holder whose process is dead has no claim; cleaning up behind it frees the name.
      if (holder.node === address.node || !reclaimNode(directory, holder.node))
        throw new TroupeError(
          'TROUPE_NAME_TAKEN',
          `spawn: the name '${name}' is held by ${formatAddress(holder)} in system '${settings.name}'; choose another, or find that one`,
          { details: { name } },
        );
    }
  }

  #services(cell: ActorCell, address: Address, number: number): ContextServices {
    const node = this.#node;
    const { settings } = node;
    const self = createRef<Protocol>(cell) as unknown as UntypedRef;
    return {
      self,
      log: createLogger(settings.logLevel, `[${settings.name}/${address.label}]`, settings.logger),
      spawn: async (definition, options) =>
        createRef(await this.spawn(definition, options as SpawnOptions<unknown> | undefined, cell)),
      find: (_definition: AnyDefinition, name: string, options?: FindOptions) =>
        this.#finder.find(name, options),
      watch: (ref: AnyRef) => node.watch(ref, number, (down) => cell.notifyDown(down)),
      unwatch: (ref: AnyRef) => node.unwatch(ref, number),
    };
  }
}
