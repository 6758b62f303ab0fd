// Which transport carries messages to which peer. The configured one, but for peers it cannot reach: a transport for parent and
// child only is replaced there, which is said once.
import type { NodeId } from '../address.ts';
import type { Logger } from '../logger.ts';
import type { LaneOffer, Transport } from '../transport/contract.ts';
import { loadTransport } from '../transport/load-transport.ts';
import type { Settings } from './configuration.ts';

// Reaches every process of the user, and comes in the same package as the only transport that does not.
const FAR_REACHING = 'unix';

export class Transports {
  readonly #settings: Settings['transport'];
  readonly #bases: readonly string[];
  readonly #log: Logger;
  readonly #loaded = new Map<string, Promise<Transport>>();
  readonly #family = new Set<NodeId>();
  #announced = false;

  constructor(settings: Settings['transport'], bases: readonly string[], log: Logger) {
    this.#settings = settings;
    this.#bases = bases;
    this.#log = log;
  }

  get name(): string {
    const { choice } = this.#settings;
    return typeof choice === 'string' ? choice : choice.name;
  }

  /** The configured transport. Rejects with TROUPE_CONFIGURATION or TROUPE_TRANSPORT_UNAVAILABLE. */
  configured(): Promise<Transport> {
    return this.#load(this.name);
  }

  /** `node` is this node's parent or child. */
  addRelative(node: NodeId): void {
    this.#family.add(node);
  }

  removeRelative(node: NodeId): void {
    this.#family.delete(node);
  }

  /** What carries messages from `peer` to this node. */
  async to(peer: NodeId): Promise<Transport> {
    const transport = await this.configured();
    if (transport.capabilities.reach !== 'family' || this.#family.has(peer)) return transport;
    if (!this.#announced) {
      this.#announced = true;
      this.#log.warn(
        `transport '${transport.name}' joins parent and child only; other processes of the system are reached over '${FAR_REACHING}'`,
      );
    }
    return this.#load(FAR_REACHING);
  }

  /** What opens an offered lane: the peer chose it. */
  of(offer: LaneOffer): Promise<Transport> {
    return this.#load(offer.transport);
  }

  async close(): Promise<void> {
    for (const loading of this.#loaded.values())
      await loading.then(
        (transport) => transport.close(),
        () => undefined,
      );
  }

  #load(name: string): Promise<Transport> {
    let loading = this.#loaded.get(name);
    if (loading === undefined) {
      const { choice, options } = this.#settings;
      loading =
        name === this.name
          ? loadTransport(choice, options, this.#bases)
          : loadTransport(name, {}, this.#bases);
      loading.catch(() => undefined);
      this.#loaded.set(name, loading);
    }
    return loading;
  }
}
