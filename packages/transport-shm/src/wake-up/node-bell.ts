// The one bell of a node, for as long as it has lanes: it is made for the first and goes with the last. A ring is for any of
// them, so all are told; a look at a lane with nothing in it costs 0.1 us.
import type { Bell, BellAddress, WakeUp } from './contract.ts';
import { openBell } from './open-bell.ts';

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
  readonly #members = new Set<() => void>();
  #bell: Bell | undefined;

  constructor(wakeUp: WakeUp) {
    this.#wakeUp = wakeUp;
  }

  /** Nobody rings this bell: its node has to look on every turn of its event loop. */
  get isSilent(): boolean {
    return this.#wakeUp === 'spin';
  }

  /** From now on `onRing` is called after rings, for this lane or another. `directory` is the node's. */
  join(directory: string, onRing: () => void): BellMembership {
    const bell = (this.#bell ??= openBell(this.#wakeUp, { directory, onRing: this.#tellAll }));
    // Its own function for each lane, so that the same one may join twice.
    const member = () => onRing();
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
    for (const member of [...this.#members]) member();
  };
}
