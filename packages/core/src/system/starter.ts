// Brings one actor to run, in this event loop or in a process of its own, and has its life told to its place with a supervisor.
// Who asks for it, what it is called and with whom it is supervised is `Spawner`'s matter.
import { formatAddress, type Address } from '../address.ts';
import { ActorCell } from '../actor/actor-cell.ts';
import type { ContextServices } from '../actor/actor-context.ts';
import type { ActorDefinition } from '../actor/behavior.ts';
import type { ProcessKind, SpawnOptions } from '../actor/spawning.ts';
import type { CellKeeper } from '../actor/cell-host.ts';
import { asError, startFailed } from '../actor/failure.ts';
import { resolveLimits, type MailboxLimits } from '../actor/mailbox-limits.ts';
import type { Protocol } from '../actor/protocol.ts';
import { stopTimeoutOf } from '../actor/stop-deadline.ts';
import type { Place } from '../supervision/place.ts';
import type { Ward } from '../supervision/ward.ts';
import { isTroupeError } from '../errors.ts';
import { bytes } from '../units.ts';
import type { FamilyListener } from './family.ts';
import type { LocalActor } from './local-actors.ts';
import type { Node } from './node.ts';
import { ProcessActor } from './process-actor.ts';
import { ProcessSupply } from './process-supply.ts';

export type AnyDefinition = ActorDefinition<never, Protocol>;

/** An actor of this node that can be looked after. */
export type LocalWard = LocalActor & Ward & { readonly restartCost?: number };

/** What is to run, and who is concerned. */
export interface StartRequest {
  readonly definition: AnyDefinition;
  readonly options: Omit<SpawnOptions<unknown>, 'name' | 'supervise'>;
  readonly address: Address;
  /** Frees the name, when the actor has ended. */
  readonly release: () => void;
  /** The place the actor reports to; made before the actor is. */
  readonly place: (actor: () => LocalWard) => Place;
  /** Called when the actor is there, before it runs. */
  readonly created?: (actor: LocalWard) => void;
  /** Whether another actor stops it when it ends itself. */
  readonly isOwned: boolean;
}

export interface StarterHost {
  readonly services: (cell: ActorCell, address: Address, number: number) => ContextServices;
  /** Is told what comes from the processes that were started from here. */
  readonly family: FamilyListener;
}

export class Starter {
  /** Where actors get their processes from. */
  readonly processes: ProcessSupply;
  readonly #node: Node;
  readonly #host: StarterHost;

  constructor(node: Node, host: StarterHost) {
    this.processes = new ProcessSupply(node, node.settings.warmProcesses);
    this.#node = node;
    this.#host = host;
  }

  /** Resolves when the actor runs. Rejects as `spawn` does; it has ended then. */
  async start(request: StartRequest): Promise<LocalWard> {
    const { address, isOwned } = request;
    const place = request.place((): LocalWard => actor);
    const actor = this.#make(request, place);
    this.#node.locals.add(actor, address.actor, isOwned);
    request.created?.(actor);
    place.status = 'starting';
    await (actor instanceof ProcessActor ? actor.start() : this.#startCell(actor, address));
    // It may have failed, and been decided about, since.
    if (place.status === 'starting') place.started();
    return actor;
  }

  #make(request: StartRequest, place: Place): ActorCell | ProcessActor {
    const { definition, options, release } = request;
    try {
      const limits = resolveLimits(options.mailbox, this.#node.settings.mailbox);
      return options.in === undefined
        ? this.#makeCell(definition, options.args, limits, request, place)
        : this.#makeProcess(options.in, limits, request, place);
    } catch (error) {
      // There is no actor that would free its name when it ends.
      release();
      throw error;
    }
  }

  async #startCell(cell: ActorCell, address: Address): Promise<void> {
    try {
      await cell.start();
    } catch (error) {
      const isLate = isTroupeError(error, 'TROUPE_START_TIMEOUT');
      // What `init` waited for may have been late, too.
      if (isLate && error.details['actor'] === formatAddress(address)) throw error;
      throw startFailed(address, cell.endReason ?? { kind: 'error', error: asError(error) });
    }
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
    return new ActorCell(
      address,
      definition.behavior,
      args,
      limits,
      this.#node.cellHost,
      keeper,
      (cell): ContextServices => this.#host.services(cell, address, number),
    );
  }

  #makeCell(
    definition: AnyDefinition,
    args: unknown,
    limits: MailboxLimits,
    { address, release }: StartRequest,
    place: Place,
  ): ActorCell {
    const { locals, settings } = this.#node;
    return this.createCell(definition, args, limits, address, address.actor, {
      startTimeoutMs: settings.startTimeoutMs,
      failed: (reason, canResume) => place.failed(reason, canResume),
      finished: (reason) => place.finished(reason),
      ended: (reason) => {
        place.ended();
        release();
        // Also when it never ran: `init` may have given its ref away.
        locals.ended(address.actor, { reason, lost: 0 });
      },
    });
  }

  #makeProcess(
    kind: ProcessKind,
    limits: MailboxLimits,
    { definition, options, address, release }: StartRequest,
    place: Place,
  ): ProcessActor {
    const { locals, settings, outgoing, neighbours } = this.#node;
    const { startTimeoutMs, stopTimeoutMs, lag } = settings;
    const maxHeapBytes = bytes(options.maxHeap);
    return new ProcessActor(
      address,
      {
        module: definition.url,
        index: definition.index,
        args: options.args,
        limits,
        urgent: definition.behavior.urgent,
        startTimeoutMs,
        lag,
        stopTimeoutMs: stopTimeoutOf(definition.behavior, stopTimeoutMs),
        // What a worker listens on is its process's, and would be taken for an `init` that is run again there.
        restartsAnew: kind === 'cluster',
      },
      {
        reserveNode: () => this.processes.reserve(kind, maxHeapBytes),
        startProcess: (node, title) => this.processes.start(node, title, kind, maxHeapBytes),
        expectLink: (node) => neighbours.expect(node),
        linkEnded: (node) => neighbours.gone(node),
        family: this.#host.family,
        ended: (actor, end) => {
          release();
          locals.ended(actor.address.actor, end);
        },
      },
      outgoing,
      place,
    );
  }
}
