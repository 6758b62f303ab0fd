// One group as this process sees it: the members as of the last change of its directory, and what is told to them.
import { watch as watchDirectory, type FSWatcher } from 'node:fs';
import { createRef, type ActorRef, type AnyRef, type Destination } from '../actor/actor-ref.ts';
import type { Group, GroupChange, JoinOptions } from '../actor/group.ts';
import { askOf } from '../actor/pending-ask.ts';
import type { Protocol } from '../actor/protocol.ts';
import { ADDRESS, addressKey, type Address, type NodeId } from '../address.ts';
import {
  listMemberships,
  makerOf,
  openGroup,
  readMembership,
  removeMembership,
  writeMembership,
} from '../control/memberships.ts';
import { reclaimNode } from '../control/node-directory.ts';
import { isTroupeError, TroupeError } from '../errors.ts';
import { guarded } from '../guarded.ts';

/** What a group needs from the node. */
export interface GroupHost {
  readonly id: NodeId;
  /** Directory of the system. */
  readonly directory: string;
  readonly nextNumber: () => number;
  watch(ref: AnyRef, watcher: number, notify: () => void): void;
  unwatch(ref: AnyRef, watcher: number): void;
  destination(address: Address): Destination;
}

type Listener = (change: GroupChange<Protocol>) => void;

export class GroupView implements Group<Protocol> {
  readonly name: string;
  dropped = 0;
  readonly #host: GroupHost;
  readonly #path: string;
  readonly #watcher: FSWatcher;
  readonly #members = new Map<string, Member>();
  readonly #listeners = new Set<Listener>();
  // What this process joined: by address, the number of the watch for the actor's end.
  readonly #joined = new Map<string, number>();
  #isStale = true;
  #isLooking = false;
  #next = 0;

  constructor(host: GroupHost, name: string) {
    this.#host = host;
    this.name = name;
    this.#path = openGroup(host.directory, name);
    this.#watcher = watchDirectory(this.#path, { persistent: false }, this.#changed);
    // The directory goes with the last node of the system; this one is leaving then.
    this.#watcher.on('error', () => undefined);
  }

  join(ref: AnyRef, { overflow = 'backpressure' }: JoinOptions = {}): void {
    if (overflow !== 'backpressure' && overflow !== 'drop-newest')
      throw new TroupeError(
        'TROUPE_CONFIGURATION',
        `join: overflow is ${JSON.stringify(overflow)}; expected 'backpressure' or 'drop-newest'`,
      );
    const address = ref[ADDRESS];
    const key = addressKey(address);
    writeMembership(this.#path, this.#host.id, address, overflow);
    this.#isStale = true;
    if (this.#joined.has(key)) return;
    const watcher = this.#host.nextNumber();
    this.#joined.set(key, watcher);
    this.#host.watch(ref, watcher, () => this.#forget(address));
  }

  leave(ref: AnyRef): void {
    const address = ref[ADDRESS];
    const watcher = this.#joined.get(addressKey(address));
    if (watcher === undefined) return;
    this.#host.unwatch(ref, watcher);
    this.#forget(address);
  }

  members(): readonly ActorRef<Protocol>[] {
    this.#look();
    return [...this.#members.values()].map((member) => member.ref);
  }

  pick(count = 1): readonly ActorRef<Protocol>[] {
    return this.#pick(count).map((member) => member.ref);
  }

  tell(type: string, payload?: unknown): boolean {
    if (this.#isStale) this.#look();
    let hasRoom = true;
    for (const member of this.#members.values()) {
      if (member.isFull && member.overflow === 'drop-newest') this.dropped += 1;
      else if (!member.tell(type, payload) && member.overflow === 'backpressure') hasRoom = false;
    }
    return hasRoom;
  }

  async ready(): Promise<void> {
    const full = [...this.#members.values()].filter(({ overflow }) => overflow === 'backpressure');
    // One that has ended holds up nobody.
    await Promise.all(full.map((member) => member.ref.ready().catch(() => undefined)));
  }

  signal(type: string, { count }: { readonly count?: number } = {}): void {
    if (this.#isStale) this.#look();
    for (const member of count === undefined ? this.#members.values() : this.#pick(count))
      member.signal(type);
  }

  watch(listener: Listener): () => void {
    for (const ref of this.members()) guarded(() => listener({ type: 'joined', ref }));
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Ends every membership of this process. */
  close(): void {
    this.#watcher.close();
    this.#listeners.clear();
  }

  #pick(count: number): readonly Member[] {
    if (this.#isStale) this.#look();
    const members = [...this.#members.values()];
    const picked = members.splice(this.#next % Math.max(members.length, 1), count);
    if (picked.length < count) picked.push(...members.slice(0, count - picked.length));
    this.#next += picked.length;
    return picked;
  }

  #forget(address: Address): void {
    this.#joined.delete(addressKey(address));
    removeMembership(this.#path, this.#host.id, address);
    this.#isStale = true;
  }

  readonly #changed = (): void => {
    this.#isStale = true;
    // Those who only send look when they do; those who listen are told.
    if (this.#listeners.size === 0 || this.#isLooking) return;
    this.#isLooking = true;
    setImmediate(() => {
      this.#isLooking = false;
      this.#look();
    });
  };

  #look(): void {
    this.#isStale = false;
    const now = this.#current();
    for (const [key, member] of this.#members) {
      if (now.has(key)) continue;
      this.#members.delete(key);
      this.#tellListeners({ type: 'left', ref: member.ref });
    }
    for (const [key, { member: address, overflow }] of now) {
      const known = this.#members.get(key);
      if (known !== undefined) known.overflow = overflow;
      else {
        const member = new Member(this.#host.destination(address), overflow);
        this.#members.set(key, member);
        this.#tellListeners({ type: 'joined', ref: member.ref });
      }
    }
  }

  /** What the directory says, one membership an actor. Those of dead processes are ended here, if nobody has yet. */
  #current(): Map<string, { readonly member: Address; readonly overflow: Member['overflow'] }> {
    const entries = listMemberships(this.#path);
    const makers = new Set(entries.map((entry) => makerOf(entry) ?? this.#host.id));
    makers.delete(this.#host.id);
    const dead = new Set([...makers].filter((maker) => reclaimNode(this.#host.directory, maker)));
    const current = new Map<string, { readonly member: Address; readonly overflow: Member['overflow'] }>();
    for (const entry of entries) {
      const membership = readMembership(this.#path, entry);
      if (membership !== undefined && !dead.has(membership.maker))
        current.set(addressKey(membership.member), membership);
    }
    return current;
  }

  #tellListeners(change: GroupChange<Protocol>): void {
    for (const listener of this.#listeners) guarded(() => listener(change));
  }
}

class Member {
  readonly ref: ActorRef<Protocol>;
  overflow: 'backpressure' | 'drop-newest';
  /** It was past its high-water mark when it was told something last, and has not had room since. */
  isFull = false;
  readonly #destination: Destination;
  // Signals that are not handled yet, by type; true when another was raised since.
  readonly #signals = new Map<string, boolean>();

  constructor(destination: Destination, overflow: 'backpressure' | 'drop-newest') {
    this.#destination = destination;
    this.ref = createRef(destination);
    this.overflow = overflow;
  }

  tell(type: string, payload: unknown): boolean {
    const hasRoom = this.#destination.tell(type, payload);
    if (!hasRoom && !this.isFull) {
      this.isFull = true;
      const again = (): boolean => (this.isFull = false);
      this.#destination.ready().then(again, again);
    }
    return hasRoom;
  }

  signal(type: string): void {
    if (this.#signals.has(type)) {
      this.#signals.set(type, true);
      return;
    }
    this.#signals.set(type, false);
    const done = (): void => {
      const again = this.#signals.get(type) === true;
      this.#signals.delete(type);
      if (again) this.signal(type);
    };
    this.#raise(type).then(done, done);
  }

  // A signal is not lost for want of room: it waits for some.
  async #raise(type: string): Promise<void> {
    for (;;) {
      try {
        await askOf(this.#destination, type, undefined, Infinity);
        return;
      } catch (error) {
        if (!isTroupeError(error, 'TROUPE_MAILBOX_FULL')) throw error;
      }
      await this.#destination.ready();
    }
  }
}
