// What may become of a message when it reaches a simulated process: it is handled, lost, or the last that the process is given.
import type { Asker } from '../actor/asker.ts';
import type { Message } from '../actor/message.ts';
import type { Delivery } from '../system/world.ts';
import type { Fault, FaultRates } from './faults.ts';
import type { Chance } from './seeded-chance.ts';

/** The process that messages reach. */
export interface ArrivalOwner {
  readonly chance: Chance;
  readonly rates: FaultRates;
  readonly isDead: boolean;
  /** Whether a fault may kill it: not the process of the test, and nobody twice. */
  readonly isMortal: boolean;
  /** Enters a fault in the list. */
  record(kind: Fault['kind'], type: string | undefined): void;
  kill(): void;
  /** It is killed in the next turn of the event loop. */
  doom(): void;
}

/** `deliver` for messages that may meet a fault. */
export function faultyArrivals(owner: ArrivalOwner, deliver: Delivery): Delivery {
  const { chance, rates } = owner;
  const crashes = (): boolean => owner.isMortal && rates.crash > 0 && chance() < rates.crash;
  const drops = (): boolean => rates.drop > 0 && chance() < rates.drop;
  return (to, message) => {
    if (owner.isDead) return;
    if (crashes()) crash(owner, () => deliver(to, message), message);
    else if (drops()) drop(owner, to, message, deliver);
    else deliver(to, message);
  };
}

function crash(owner: ArrivalOwner, deliver: () => void, { type }: Message): void {
  owner.record('crash', type);
  const isBefore = owner.chance() < 0.5;
  if (isBefore) {
    owner.kill();
    return;
  }
  deliver();
  // The handler has begun, and if it waits for nothing it has ended; whether its answer has left is another matter.
  owner.doom();
}

function drop(owner: ArrivalOwner, to: number, message: Message, deliver: Delivery): void {
  // A stream has no one answer to be lost.
  if (message.asker !== undefined && message.asker.wants !== 'items' && owner.chance() < 0.5) {
    owner.record('drop-answer', message.type);
    deliver(to, { ...message, asker: new Unheard(message.asker) });
    return;
  }
  owner.record('drop', message.type);
  message.origin.settle('lost', 1, message.bytes, message.prompt);
}

/** An asker whom no answer reaches. */
class Unheard implements Asker {
  readonly #asker: Asker;

  constructor(asker: Asker) {
    this.#asker = asker;
  }

  get wants(): Asker['wants'] {
    return this.#asker.wants;
  }

  get abandoned(): boolean {
    return this.#asker.abandoned;
  }

  get deadline(): number {
    return this.#asker.deadline;
  }

  get onAbandon(): (() => void) | undefined {
    return this.#asker.onAbandon;
  }

  set onAbandon(callback: (() => void) | undefined) {
    this.#asker.onAbandon = callback;
  }

  resolve(): void {
    // The answer is lost.
  }

  reject(): void {
    // So is the error.
  }
}
