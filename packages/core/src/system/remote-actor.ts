// The way to an actor that another node answers for.
import { formatAddress, type Address } from '../address.ts';
import type { End, EndReason } from '../actor/end-reason.ts';
import type { MailboxLimits } from '../actor/mailbox-limits.ts';
import { TroupeError } from '../errors.ts';
import { guarded } from '../guarded.ts';
import { FarActor } from './far-actor.ts';
import type { Outgoing } from './outgoing.ts';
import type { PeerLink } from './peer-link.ts';

export type DownListener = (end: End) => void;

// How much longer than the actor's own deadline this side waits to hear that it has stopped: a process that does not stop is given
// 2 s more by the one that started it.
const STOP_GRACE_MS = 3000;

export class RemoteActor extends FarActor {
  readonly #watchers = new Map<number, DownListener>();
  // By the watcher that waits for the end: what is done when there is none because the actor is started again.
  readonly #stops = new Map<number, () => void>();
  // What is to be done once the node is connected.
  readonly #delayed: ((link: PeerLink) => void)[] = [];
  #link: PeerLink | undefined;
  #end: EndReason | undefined;
  readonly #held: Set<RemoteActor>;

  /** `held`: actors that must not be forgotten although nobody has a ref to them. */
  constructor(address: Address, limits: MailboxLimits, outgoing: Outgoing, held: Set<RemoteActor>) {
    super(address, limits, outgoing);
    this.#held = held;
    this.#holdIfNeeded();
  }

  /** The node that answers for the actor is connected. */
  connected(link: PeerLink): void {
    this.#link = link;
    this.mailbox.attach(link.exchange, this.address.actor);
    this.#holdIfNeeded();
    for (const watcher of this.#watchers.keys())
      link.send({ type: 'watch', actor: this.address.actor, watcher });
    for (const act of this.#delayed.splice(0)) act(link);
  }

  /** The node is gone, or could not be reached. */
  disconnected(reason: EndReason): void {
    this.mailbox.detach();
    this.#link = undefined;
    this.#close(reason);
    const watchers = [...this.#watchers.values()];
    this.#watchers.clear();
    this.#holdIfNeeded();
    for (const notify of watchers) guarded(() => notify({ reason, lost: this.mailbox.lost }));
  }

  /** The actor has ended, and `watcher` is told: each has its own place in what the actor sent. */
  ended(watcher: number, reason: EndReason): void {
    this.#close(reason);
    const notify = this.#watchers.get(watcher);
    this.#watchers.delete(watcher);
    this.#holdIfNeeded();
    if (notify !== undefined) guarded(() => notify({ reason, lost: this.mailbox.lost }));
  }

  watch(watcher: number, notify: DownListener): void {
    if (this.#end !== undefined) {
      const end: End = { reason: this.#end, lost: this.mailbox.lost };
      queueMicrotask(() => notify(end));
      return;
    }
    if (this.#watchers.has(watcher)) return;
    this.#watchers.set(watcher, notify);
    this.#holdIfNeeded();
    this.#link?.send({ type: 'watch', actor: this.address.actor, watcher });
  }

  unwatch(watcher: number): void {
    if (!this.#watchers.delete(watcher)) return;
    this.#holdIfNeeded();
    this.#link?.send({ type: 'unwatch', actor: this.address.actor, watcher });
  }

  /** Tells the actor that `other` has linked itself to it, or has ended that. */
  linkedBy(other: Address, isLinked: boolean): void {
    if (this.#end !== undefined) return;
    this.#onceConnected((link) => link.send({ type: 'link', actor: this.address.actor, other, isLinked }));
  }

  /** The actor was stopped for `watcher`, and is started again. */
  stopped(watcher: number): void {
    this.#stops.get(watcher)?.();
  }

  /** Without a `timeoutMs` the actor takes what it takes by itself, and this side waits as long as a whole system may take to stop. */
  stop(timeoutMs: number | undefined, drain: boolean): Promise<void> {
    if (this.#end !== undefined) return Promise.resolve();
    const watcher = this.outgoing.nextNumber();
    return new Promise((resolve, reject) => {
      const waitMs = timeoutMs ?? this.outgoing.shutdownTimeoutMs;
      const timer = this.outgoing.clock.after(waitMs + STOP_GRACE_MS, () => {
        this.#stops.delete(watcher);
        this.unwatch(watcher);
        reject(
          new TroupeError(
            'TROUPE_ASK_TIMEOUT',
            `stop: ${formatAddress(this.address)} did not report its end within ${String(waitMs)} ms; its process may be stopped or busy, or it takes longer: give stop() a timeout`,
          ),
        );
      });
      const done = (): void => {
        this.#stops.delete(watcher);
        timer.cancel();
        resolve();
      };
      this.#stops.set(watcher, () => {
        this.unwatch(watcher);
        done();
      });
      this.watch(watcher, done);
      const actor = this.address.actor;
      this.#onceConnected((link) => {
        if (drain) this.mailbox.afterWaiting(() => link.exchange.sendStop(actor, watcher, timeoutMs));
        else link.send({ type: 'stop', actor, watcher, timeoutMs });
      });
    });
  }

  #onceConnected(act: (link: PeerLink) => void): void {
    if (this.#link === undefined) this.#delayed.push(act);
    else act(this.#link);
  }

  // Until it is connected, and while somebody watches it; what is under way is the outbox's concern.
  #holdIfNeeded(): void {
    if ((this.#link === undefined && this.#end === undefined) || this.#watchers.size > 0)
      this.#held.add(this);
    else this.#held.delete(this);
  }

  #close(reason: EndReason): void {
    if (this.#end !== undefined) return;
    this.#end = reason;
    this.mailbox.bury(reason);
  }
}
