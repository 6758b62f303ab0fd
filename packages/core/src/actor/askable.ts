// Whom something can be asked of: what an ask and a stream need to know of where they go.
import type { Address } from '../address.ts';
import type { Asker } from './asker.ts';
import type { Deadlines } from './deadlines.ts';

/** How long asks of this process wait when nobody says otherwise. */
export interface Patience {
  readonly deadlines: Deadlines;
  readonly askTimeoutMs: number;
}

export interface Askable {
  readonly address: Address;
  readonly patience: Patience;
  /**
   * Sends a message whose answer, if anybody waits for one, is for `asker`. False when it was not taken.
   * Throws when it cannot travel.
   */
  send(type: string, payload: unknown, asker: Asker | undefined): boolean;
}
