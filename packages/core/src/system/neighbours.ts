// The other nodes this one is connected to, and the actors it knows there. Connecting happens on demand; an end is told to
// everything that hung on it, after what the dead node left was cleaned up.
import { addressKey, type Address, type NodeId } from '../address.ts';
import type { EndReason } from '../actor/end-reason.ts';
import type { MailboxLimits } from '../actor/mailbox-limits.ts';
import { pause, type Clock } from '../clock.ts';
import type { ControlLine } from '../control/control-channel.ts';
import type { Plane } from '../control/control-plane.ts';
import type { ControlMessage, Identity } from '../control/control-message.ts';
import { reclaimNode } from '../control/node-directory.ts';
import { isTroupeError, TroupeError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import type { Codec } from '../wire/codec.ts';
import type { Outgoing } from './outgoing.ts';
import { PeerLink, type LinkHost } from './peer-link.ts';
import { RemoteActor } from './remote-actor.ts';

// Pause before another attempt when the peer's own connection did not come.
const CONNECT_AGAIN_MS = 200;
// Longest pause, of doubling ones, for a dying process to let go of its lock; one that lives never does.
const LONGEST_DYING_MS = 512;

export interface NeighboursOptions {
  /** Directory of the system. */
  readonly directory: string;
  readonly codec: () => Codec;
  /** What a link to `node` needs, but for its end. */
  readonly linkHost: (node: NodeId, link: () => PeerLink) => Omit<LinkHost, 'ended'>;
  readonly outgoing: Outgoing;
  /** Bounds of what may wait here for an actor elsewhere. */
  readonly limits: MailboxLimits;
  readonly clock: Clock;
  readonly connectTimeoutMs: number;
  readonly log: Logger;
  /** A link has ended, and everything here that hung on it was told. */
  readonly ended: (node: NodeId) => void;
}

interface Expectation {
  readonly promise: Promise<PeerLink>;
  readonly resolve: (link: PeerLink) => void;
  readonly reject: (error: unknown) => void;
}

export class Neighbours {
  readonly #options: NeighboursOptions;
  readonly #links = new Map<NodeId, PeerLink>();
  // Links that are being read to their end.
  readonly #ending = new Map<NodeId, (() => void)[]>();
  readonly #expected = new Map<NodeId, Expectation>();
  // Weakly: a program may be given refs to any number of actors that live for a moment.
  readonly #actors = new Map<string, WeakRef<RemoteActor>>();
  readonly #held = new Set<RemoteActor>();
  readonly #forgotten = new FinalizationRegistry((address: Address) => this.#forget(address));
  #plane: Plane | undefined;

  constructor(options: NeighboursOptions) {
    this.#options = options;
  }

  /** The control plane by which nodes come and are reached. */
  use(plane: Plane): void {
    this.#plane = plane;
  }

  get links(): Iterable<PeerLink> {
    return this.#links.values();
  }

  /** A node has connected. */
  readonly welcome = (channel: ControlLine, peer: Identity): void => {
    const link: PeerLink = new PeerLink(peer.node, peer.pid, channel, this.#options.codec(), {
      ...this.#options.linkHost(peer.node, () => link),
      ended: (error) => this.#linkEnded(link, error),
    });
    this.#links.set(peer.node, link);
    for (const actor of this.#actorsOf(peer.node)) actor.connected(link);
    const expectation = this.#expected.get(peer.node);
    if (expectation !== undefined) link.opened.then(() => expectation.resolve(link), expectation.reject);
  };

  /** Resolves when `node`, which will connect by itself, is there and its lanes are open. */
  expect(node: NodeId): Promise<PeerLink> {
    const expectation = this.#expected.get(node) ?? newExpectation();
    this.#expected.set(node, expectation);
    const link = this.#links.get(node);
    if (link !== undefined) link.opened.then(() => expectation.resolve(link), expectation.reject);
    return expectation.promise;
  }

  /** The link to `node`, connecting if need be. Rejects with TROUPE_NO_LISTENER when that does not work in time. */
  async connect(node: NodeId): Promise<PeerLink> {
    const link = this.#links.get(node);
    if (link !== undefined) {
      await link.opened;
      return link;
    }
    const { clock, connectTimeoutMs } = this.#options;
    const deadlineMs = clock.now() + connectTimeoutMs;
    const arrived = this.expect(node);
    for (let leftMs = connectTimeoutMs; leftMs > 0; leftMs = deadlineMs - clock.now()) {
      await this.#plane?.connect(node, leftMs);
      // Refused because the peer is connecting itself: its connection comes at once, or something was in between.
      const link = await Promise.race([
        arrived,
        pause(clock, Math.min(leftMs, CONNECT_AGAIN_MS)).then(() => undefined),
      ]);
      if (link !== undefined) return link;
    }
    throw new TroupeError(
      'TROUPE_NO_LISTENER',
      `node ${node.slice(0, 6)} did not answer within ${String(connectTimeoutMs)} ms; its process may be stopped or busy`,
    );
  }

  /** The way to an actor of another node; connects in the background. */
  actor(address: Address): RemoteActor {
    const key = addressKey(address);
    const known = this.#actors.get(key)?.deref();
    if (known !== undefined) return known;
    const actor = new RemoteActor(address, this.#options.limits, this.#options.outgoing, this.#held);
    this.#actors.set(key, new WeakRef(actor));
    this.#forgotten.register(actor, address);
    const link = this.#links.get(address.node);
    if (link !== undefined) actor.connected(link);
    else this.connect(address.node).catch((error: unknown) => this.#unreachable(address.node, error));
    return actor;
  }

  /** The actor of another node, if anybody here has dealt with it. */
  knownActor(node: NodeId, actor: number): RemoteActor | undefined {
    return this.#actors.get(addressKey({ node, actor, label: '' }))?.deref();
  }

  /** Tells a node that is connected; nothing happens when it is not. */
  tell(node: NodeId, message: ControlMessage): void {
    this.#links.get(node)?.send(message);
  }

  isConnected(node: NodeId): boolean {
    return this.#links.has(node);
  }

  /** Resolves when no link is left. */
  async idle(): Promise<void> {
    await Promise.all([...this.#links.keys()].map((node) => this.gone(node)));
  }

  /** Resolves when nothing will come from `node` any more, and what it left in the file system is gone. */
  async gone(node: NodeId): Promise<void> {
    this.#expected.delete(node);
    if (this.#links.has(node))
      await new Promise<void>((resolve) => {
        const waiting = this.#ending.get(node) ?? [];
        waiting.push(resolve);
        this.#ending.set(node, waiting);
      });
    reclaimNode(this.#options.directory, node);
  }

  async #linkEnded(link: PeerLink, error: TroupeError | undefined): Promise<void> {
    if (error !== undefined)
      this.#options.log.warn(`process ${String(link.pid)} was disconnected: ${error.message}`);
    // Names of a dead node are free before anybody hears of its death. One that left, or was left, or sent away still lives.
    if (error === undefined && !link.hasLeft && !link.isClosed) await this.#reclaimDying(link.node);
    else reclaimNode(this.#options.directory, link.node);
    this.#links.delete(link.node);
    this.#plane?.forget(link.node);
    this.#expected.delete(link.node);
    this.#disconnect(link.node, { kind: 'unreachable', message: endOf(link, error) });
    for (const wake of this.#ending.get(link.node) ?? []) wake();
    this.#ending.delete(link.node);
    this.#options.ended(link.node);
  }

  // A process that is being killed closes its socket a moment before it lets go of its lock, or the other way round.
  async #reclaimDying(node: NodeId): Promise<void> {
    for (
      let delayMs = 1;
      !reclaimNode(this.#options.directory, node) && delayMs < LONGEST_DYING_MS;
      delayMs *= 2
    )
      await pause(this.#options.clock, delayMs);
  }

  #unreachable(node: NodeId, error: unknown): void {
    this.#expected.delete(node);
    reclaimNode(this.#options.directory, node);
    const message = isTroupeError(error) ? error.message : String(error);
    if (!this.#links.has(node)) this.#disconnect(node, { kind: 'unreachable', message });
  }

  #disconnect(node: NodeId, reason: EndReason): void {
    for (const actor of this.#actorsOf(node)) {
      this.#actors.delete(addressKey(actor.address));
      actor.disconnected(reason);
    }
  }

  #actorsOf(node: NodeId): RemoteActor[] {
    const actors = [...this.#actors.values()].map((actor) => actor.deref());
    return actors.filter((actor) => actor?.address.node === node) as RemoteActor[];
  }

  /** Nobody has a ref to the actor any more; unless somebody was given one again meanwhile. */
  #forget(address: Address): void {
    const key = addressKey(address);
    if (this.#actors.get(key)?.deref() !== undefined) return;
    this.#actors.delete(key);
    this.#links.get(address.node)?.exchange.forget(address.actor);
  }
}

function endOf(link: PeerLink, error: TroupeError | undefined): string {
  if (error !== undefined) return error.message;
  return link.hasLeft
    ? `its process ${String(link.pid)} left the system`
    : `its process ${String(link.pid)} is gone; only the process that started it knows why`;
}

function newExpectation(): Expectation {
  let resolve!: (link: PeerLink) => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<PeerLink>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  promise.catch(() => undefined);
  return { promise, resolve, reject };
}
