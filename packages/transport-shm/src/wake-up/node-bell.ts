// The one bell of a node, for as long as it has lanes: it is made for the first and goes with the last. A ring is for any of
// them, so all are told; a look at a lane with nothing in it costs 0.1 us.
import type { TroupeError } from '@troupe/core/transport';
import type { Bell, BellAddress, WakeUp } from './contract.ts';
import { openBell } from './open-bell.ts';

/** A lane, as its node's bell knows it. */
export interface BellMember {
  /** Called after rings, for this lane or another. */
  onRing(): void;
  /** Called once: the bell was removed, and nobody can wake this lane. It is no member any more. */
  onRemoved(error: TroupeError): void;
}

/** A lane's part in the bell of its node. */
export interface BellMembership {
  /** How peers ring the bell. */
  readonly address: BellAddress;
  /** Blocks the thread for at most `timeoutMs`, until there may be something to do. */
  wait(timeoutMs: number): void;
  /** Twice is once. */
  leave(): void;
}

export class NodeBell {
  readonly #wakeUp: WakeUp;
  readonly #members = new Set<BellMember>();
  #bell: Bell | undefined;

  constructor(wakeUp: WakeUp) {
    this.#wakeUp = wakeUp;
  }

  /** Nobody rings this bell: its node has to look on every turn of its event loop. */
  get isSilent(): boolean {
    return this.#wakeUp === 'spin';
  }

  /** From now on `given` is told of rings. `directory` is the node's. */
  join(directory: string, given: BellMember): BellMembership {
    const onRemoved = this.#removed;
    const bell = (this.#bell ??= openBell(this.#wakeUp, { directory, onRing: this.#tellAll, onRemoved }));
    // One of its own for each lane, so that the same may join twice.
    const member: BellMember = {
      onRing: () => given.onRing(),
      onRemoved: (error) => given.onRemoved(error),
    };
    this.#members.add(member);
    return {
      address: bell.address,
      wait: (timeoutMs) => {
        bell.wait(timeoutMs);
        // The ring that was heard may have been another lane's.
        setImmediate(this.#tellAll);
      },
      leave: () => {
        if (!this.#members.delete(member) || this.#members.size > 0) return;
        this.#bell = undefined;
        bell.close();
      },
    };
  }

  readonly #tellAll = (): void => {
    for (const member of [...this.#members]) member.onRing();
  };

  /** The next lane makes another bell; those that there are have told their peers of this one. */
  readonly #removed = (error: TroupeError): void => {
    const members = [...this.#members];
    this.#members.clear();
    this.#bell?.close();
    this.#bell = undefined;
    for (const member of members) member.onRemoved(error);
  };
}
