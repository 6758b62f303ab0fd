// Which transport carries messages from which peer. The first of those that were named, unless it does not work here or does
// not reach the peer: then the next, and every time that is announced.
import type { NodeId } from '../address.ts';
import { FIRST_INHERITED_DESCRIPTOR } from '../host/process-host.ts';
import type { BootstrapTransport } from '../host/bootstrap.ts';
import type { Logger } from '../logger.ts';
import type { ChildEnds, LaneOffer, Transport } from '../transport/contract.ts';
import {
  findTransport,
  loadTransport,
  nameOfTransport,
  type TransportSetting,
} from '../transport/load-transport.ts';
import { LoadedTransports } from './loaded-transports.ts';
import {
  describeFallback,
  forRelatives,
  leadsToNext,
  noneLeft,
  staysHere,
  trialFailure,
  type Failure,
  type TransportFallback,
} from './transport-fallback.ts';
import { makeTrial } from './transport-trial.ts';

// Reaches every process of the user, and comes in the same package as the only transport that does not.
const FAR_REACHING = 'unix';

/** What a child must inherit for the transports it may use, and what it must be told of them. */
export interface PreparedChild extends ChildEnds {
  readonly transports: readonly BootstrapTransport[];
}

/** A peer as it stands to this process. */
export interface LanePeer {
  readonly node: NodeId;
  readonly pid: number;
}

export class Transports {
  readonly #bases: readonly string[];
  readonly #log: Logger;
  readonly #onFallback: (fallback: TransportFallback) => void;
  readonly #loaded: LoadedTransports;
  // Parent and children, and the transports that could not be prepared for a child.
  readonly #family = new Map<NodeId, ReadonlySet<string>>();
  readonly #announcedReach = new Set<string>();
  #named: readonly TransportSetting[];

  constructor(
    named: readonly TransportSetting[],
    bases: readonly string[],
    log: Logger,
    onFallback: (fallback: TransportFallback) => void,
    load: typeof loadTransport = loadTransport,
  ) {
    this.#named = named;
    this.#bases = bases;
    this.#log = log;
    this.#onFallback = onFallback;
    this.#loaded = new LoadedTransports(named, bases, load);
  }

  /** The first of those that were named and not passed over for good. */
  get name(): string {
    const [first] = this.#named;
    if (first === undefined) throw new TypeError('a system has at least one transport');
    return nameOfTransport(first);
  }

  /**
   * Loads what was named, so that mistakes are found, and passes over for good what does not work when tried in `directory`.
   * Rejects when nothing is left, and for a single one that cannot be loaded.
   */
  async choose(directory: string): Promise<void> {
    if (this.#named.length === 1) {
      await this.#loaded.get(this.name);
      return;
    }
    const failures: Failure[] = [];
    const working: TransportSetting[] = [];
    for (const setting of this.#named) {
      const transport = nameOfTransport(setting);
      try {
        const loaded = await this.#loaded.get(transport);
        // What stands behind one that works is tried when it is needed.
        if (working.length === 0) await makeTrial(loaded, directory);
        working.push(setting);
      } catch (error) {
        failures.push({ transport, reason: trialFailure(error, transport) });
      }
    }
    if (working.length === 0) throw noneLeft(failures);
    const before = this.#named.indexOf(working[0] as TransportSetting);
    this.#named = working;
    this.#announce(failures.slice(0, before), this.name, undefined);
  }

  /** The first of those that were named and not passed over for good. */
  configured(): Promise<Transport> {
    return this.#loaded.get(this.name);
  }

  /** `node` is this node's parent or child. */
  addRelative(node: NodeId, without: ReadonlySet<string> = new Set()): void {
    this.#family.set(node, without);
  }

  removeRelative(node: NodeId): void {
    this.#family.delete(node);
  }

  /**
   * Opens a lane from `peer` over the first transport that works, or the first behind the one that the peer has declined.
   * Rejects with the last reason when none does.
   */
  async openFrom<T>(
    peer: LanePeer,
    declined: Failure | undefined,
    open: (transport: Transport) => Promise<T>,
  ): Promise<T> {
    const failures: Failure[] = declined === undefined ? [] : [declined];
    for (const name of this.#namesBehind(declined?.transport)) {
      if (this.#family.get(peer.node)?.has(name) === true) continue;
      try {
        return await this.#openOver(name, peer, failures, open);
      } catch (error) {
        if (!leadsToNext(error)) throw error;
        failures.push({ transport: name, reason: error });
      }
    }
    if (!this.#fallsShort(peer.node, failures)) throw noneLeft(failures);
    return await this.#openOver(FAR_REACHING, peer, failures, open);
  }

  /** What opens an offered lane: the peer chose it. */
  of(offer: LaneOffer): Promise<Transport> {
    return this.#loaded.get(offer.transport);
  }

  /** Makes what a child must inherit; passes over what cannot be prepared. */
  async prepareChild(child: NodeId): Promise<PreparedChild> {
    const failures: Failure[] = [];
    const transports: BootstrapTransport[] = [];
    const ends: ChildEnds[] = [];
    for (const setting of this.#named) {
      const transport = nameOfTransport(setting);
      try {
        const loaded = await this.#loaded.get(transport);
        if (loaded.capabilities.reach === 'process') throw staysHere(`spawn in: 'process': `, transport);
        const prepared = loaded.prepareChild(child);
        const first = FIRST_INHERITED_DESCRIPTOR + ends.flatMap(({ descriptors }) => descriptors).length;
        const path = findTransport(setting.choice, this.#bases);
        transports.push({
          ...setting,
          ...(path === undefined ? {} : { path }),
          descriptors: prepared.descriptors.map((_, index) => first + index),
        });
        ends.push(prepared);
      } catch (error) {
        if (!leadsToNext(error)) {
          for (const prepared of ends) prepared.abandon();
          throw error;
        }
        failures.push({ transport, reason: error });
      }
    }
    const [used] = transports;
    if (used === undefined) throw noneLeft(failures);
    const before = this.#named.findIndex(({ choice }) => choice === used.choice);
    this.#announce(failures.slice(0, before), nameOfTransport(used), undefined);
    this.addRelative(child, new Set(failures.map(({ transport }) => transport)));
    return {
      transports,
      descriptors: ends.flatMap(({ descriptors }) => descriptors),
      release: () => ends.forEach((prepared) => prepared.release()),
      abandon: () => ends.forEach((prepared) => prepared.abandon()),
    };
  }

  /** In the child: takes over what was inherited from `parent`. */
  async adopt(parent: NodeId, inherited: readonly BootstrapTransport[]): Promise<void> {
    this.addRelative(parent);
    for (const { descriptors, ...setting } of inherited)
      if (descriptors.length > 0)
        (await this.#loaded.get(nameOfTransport(setting))).adoptParent(parent, descriptors);
  }

  close(): Promise<void> {
    return this.#loaded.close();
  }

  async #openOver<T>(
    name: string,
    peer: LanePeer,
    failures: readonly Failure[],
    open: (transport: Transport) => Promise<T>,
  ): Promise<T> {
    const transport = await this.#loaded.get(name);
    const { reach } = transport.capabilities;
    if (reach === 'process') throw staysHere('', name);
    if (reach === 'family' && !this.#family.has(peer.node)) throw forRelatives(name);
    const opened = await open(transport);
    this.#announce(failures, name, peer.pid);
    return opened;
  }

  #namesBehind(declined: string | undefined): readonly string[] {
    const names = this.#named.map(nameOfTransport);
    const index = declined === undefined ? -1 : names.indexOf(declined);
    // One that was not named stood in for all that were.
    return declined !== undefined && index < 0 ? [] : names.slice(index + 1);
  }

  /** Whether nothing but the lack of kinship kept `node` from being reached. */
  #fallsShort(node: NodeId, failures: readonly Failure[]): boolean {
    if (this.#family.has(node) || this.#named.some((setting) => nameOfTransport(setting) === FAR_REACHING))
      return false;
    return failures.some(({ reason }) => reason.details['reach'] === 'family');
  }

  #announce(failures: readonly Failure[], instead: string, pid: number | undefined): void {
    for (const { transport, reason } of failures) {
      // That a peer is out of reach is so for every peer of the kind, and does not change: it is said once.
      const isReach = reason.code === 'TROUPE_TRANSPORT_REACH';
      if (isReach && this.#announcedReach.has(transport)) continue;
      if (isReach) this.#announcedReach.add(transport);
      const fallback = { transport, instead, reason, pid: isReach ? undefined : pid };
      this.#log.warn(describeFallback(fallback));
      this.#onFallback(fallback);
    }
  }
}
