// Starts actors for a node: claims the name, has the actor started, puts it under its supervisor, and takes everything back when
// that fails.
import { ADDRESS, formatAddress, type Address } from '../address.ts';
import type { ActorCell } from '../actor/actor-cell.ts';
import type { ContextServices } from '../actor/actor-context.ts';
import { createRef, type AnyRef, type Destination, type UntypedRef } from '../actor/actor-ref.ts';
import type { FindOptions, PoolOptions, SpawnOptions } from '../actor/spawning.ts';
import type { Bonds } from '../actor/bonds.ts';
import { escalated, stopped } from '../actor/failure.ts';
import { resolveLimits } from '../actor/mailbox-limits.ts';
import type { Protocol } from '../actor/protocol.ts';
import { claimName, releaseName } from '../control/names.ts';
import { reclaimNode } from '../control/node-directory.ts';
import { TroupeError } from '../errors.ts';
import { createLogger, type Logger } from '../logger.ts';
import type { Child, SupervisorPlan } from '../supervision/define-supervisor.ts';
import type { Place } from '../supervision/place.ts';
import { RESTART_COST, RestartBudget } from '../supervision/restart-budget.ts';
import { oneForOne } from '../supervision/strategy.ts';
import { Supervisor, type SupervisorReport } from '../supervision/supervisor.ts';
import type { FamilyListener } from './family.ts';
import { bondsOf } from './bonds-of.ts';
import type { Finder } from './finder.ts';
import type { Node } from './node.ts';
import type { Pool } from './pool/pool.ts';
import { startPool } from './pool/start-pool.ts';
import { checkPoolOptions, checkSpawnOptions, labelOf } from './spawn-options.ts';
import { Starter, type AnyDefinition, type LocalWard } from './starter.ts';
import { describeEvent, eventOf, type SupervisionEvent } from './supervision-event.ts';
import { Tree } from './tree.ts';

export class Spawner {
  /** For an actor that has its supervisor in another process. */
  readonly starter: Starter;
  readonly #node: Node;
  readonly #finder: Finder;
  readonly #family: FamilyListener;
  readonly #budget: RestartBudget;

  constructor(node: Node, finder: Finder, family: FamilyListener) {
    this.#node = node;
    this.#finder = finder;
    this.#family = family;
    this.#budget = new RestartBudget(node.clock);
    this.starter = new Starter(node, {
      services: (cell, address, number) => this.#services(cell, address, number),
      family,
    });
  }

  /** Starts an actor; `parent` stops it when it ends itself. */
  async spawn(
    definition: AnyDefinition,
    options: SpawnOptions<unknown> = {},
    parent?: ActorCell,
  ): Promise<Destination> {
    checkSpawnOptions(definition, options);
    refuseIfEnded(parent);
    const address = this.#newAddress(options.name, labelOf(definition));
    const actor = await this.starter.start({
      definition,
      options,
      address,
      release: this.#claim(options.name, address),
      place: (made) => this.#placeAlone(made, address, options, parent),
      created: (made) => this.#adopt(parent, made),
      isOwned: parent !== undefined,
    });
    refuseIfEnded(parent);
    return actor;
  }

  /** Starts the members of a pool; when one cannot start, none is left. */
  async spawnPool(definition: AnyDefinition, options: PoolOptions<unknown>): Promise<Pool> {
    const { in: _in, router: _router, key: _key, orphans: _orphans, name, ...shared } = options;
    const { count, kind } = checkPoolOptions(definition, options);
    const member: SpawnOptions<unknown> = kind === undefined ? shared : { ...shared, in: kind };
    const limits = resolveLimits(options.mailbox, this.#node.settings.mailbox);
    const address = this.#newAddress(name, `${labelOf(definition)}-pool`);
    const release = this.#claim(name, address);
    const startMember = (slot: number): Promise<LocalWard> =>
      this.#startMember(definition, member, this.#newAddress(`${address.label}/${String(slot)}`));
    const { urgent } = definition.behavior;
    return startPool({ node: this.#node, address, count, options, limits, urgent, startMember, release });
  }

  #startMember(
    definition: AnyDefinition,
    options: SpawnOptions<unknown>,
    address: Address,
  ): Promise<LocalWard> {
    return this.starter.start({
      definition,
      options,
      address,
      release: () => undefined,
      place: (actor) => this.#placeAlone(actor, address, options, undefined),
      isOwned: true,
    });
  }

  /** An address with a number of its own; one that has no name is called by its kind and number. */
  #newAddress(name: string | undefined, kind = ''): Address {
    const actor = this.#node.locals.nextNumber();
    return { node: this.#node.id, actor, label: name ?? `${kind}-${String(actor)}` };
  }

  /** Before it runs: a parent that ends or is started again meanwhile stops what it has begun to start. */
  #adopt(parent: ActorCell | undefined, child: Destination): void {
    if (parent?.addDependent(child) !== true) return;
    this.#node.locals.watch.watch(child.address.actor, 'parent', () => parent.removeDependent(child));
  }

  /** A place for an actor that is supervised by itself, or not at all. */
  #placeAlone(
    actor: () => LocalWard,
    address: Address,
    options: SpawnOptions<unknown>,
    parent: ActorCell | undefined,
  ): Place {
    const strategy = options.supervise;
    const supervisor = new Supervisor({
      ...this.#supervision,
      strategy,
      superior: parent === undefined ? 'none' : 'parent',
      report: (_place, report) => this.#tell(eventOf(report, address, undefined, () => undefined)),
      escalate: (_place, reason, why) => {
        actor().end(reason);
        parent?.fail({ kind: 'error', error: escalated(parent.address, address.label, reason, why) });
      },
    });
    return supervisor.add({
      // As long as it fails: one that stops has done what it was to do.
      restart: 'transient',
      limits: strategy ?? oneForOne(),
      stopTimeoutMs: undefined,
      ward: actor,
      restartCost: () => actor().restartCost ?? RESTART_COST.inLoop,
    });
  }

  async #startChildren(cell: ActorCell, owner: Address, plan: SupervisorPlan): Promise<unknown> {
    const tree: Tree = new Tree(owner, plan, {
      ...this.#supervision,
      report: (place, report: SupervisorReport) => {
        const addressOf = (index: number): Address | undefined => tree.addressOf(index);
        const actor = addressOf(place.index) ?? {
          ...owner,
          actor: 0,
          label: `${owner.label}/${tree.nameOf(place.index)}`,
        };
        this.#tell(eventOf(report, actor, owner, addressOf));
      },
      start: (name, child, place, created) =>
        this.#startChild(`${owner.label}/${name}`, child, place, created),
      fail: (error) => cell.fail({ kind: 'error', error }),
    });
    if (!cell.addDependent(tree)) throw stopped('defineSupervisor', owner, undefined);
    try {
      return await tree.start();
    } catch (error) {
      cell.removeDependent(tree);
      throw error;
    }
  }

  async #startChild(
    label: string,
    { definition, options }: Child,
    place: Place,
    created: (actor: LocalWard) => void,
  ): Promise<LocalWard> {
    const address = this.#newAddress(options.name ?? label);
    const release = this.#claim(options.name, address);
    return this.starter.start({
      definition,
      options,
      address,
      release,
      place: () => place,
      created,
      isOwned: true,
    });
  }

  get #supervision() {
    return { clock: this.#node.clock, chance: this.#node.world.chance, budget: this.#budget };
  }

  #tell(event: SupervisionEvent): void {
    this.#node.log.warn(describeEvent(event));
    this.#family.decided(event);
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
    // Of many actors most have no bonds, and write nothing.
    let made: Bonds | undefined;
    let logger: Logger | undefined;
    const bonds = (): Bonds => (made ??= bondsOf(cell, address, number, node.bonds));
    const link = (ref: AnyRef, isLinked: boolean): void => {
      bonds().link(ref, isLinked);
      node.bonds.link(address, ref, isLinked);
    };
    return {
      self,
      get log() {
        const { logLevel, name } = settings;
        return (logger ??= createLogger(logLevel, `[${name}/${address.label}]`, settings.logger));
      },
      spawn: async (definition, options) =>
        createRef(await this.spawn(definition, options as SpawnOptions<unknown> | undefined, cell)),
      find: (_definition: AnyDefinition, name: string, options?: FindOptions) =>
        this.#finder.find(name, options),
      group: (name) => node.groups.get(name),
      watch: (ref: AnyRef) => bonds().watch(ref, true),
      unwatch: (ref: AnyRef) => bonds().watch(ref, false),
      link: (ref: AnyRef) => link(ref, true),
      unlink: (ref: AnyRef) => link(ref, false),
      destination: (ref: AnyRef) => node.addresses.destination(ref[ADDRESS]),
      linkedBy: (ref, isLinked) => bonds().link(ref, isLinked),
      close: () => made?.close(),
      startChildren: (plan) => this.#startChildren(cell, address, plan as SupervisorPlan),
    };
  }
}

function refuseIfEnded(parent: ActorCell | undefined): void {
  if (parent?.state === 'ended') throw stopped('spawn', parent.address, undefined);
}
