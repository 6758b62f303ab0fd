// A sender's loop, in whichever process it runs.
import { payloadOf, type Item, type PayloadSize } from './payload.ts';

export interface Outlet {
  tell(item: Item): boolean;
  ready(): Promise<void>;
}

// So much is sent between two looks at the clock, which then weigh nothing.
const LOOK_BYTES = 4096;

/** Sends items, numbered from 0, as fast as the outlet takes them, for `durationMs`; how many. */
export async function flood(outlet: Outlet, size: PayloadSize, durationMs: number): Promise<number> {
  const payload = payloadOf(size);
  const turn = Math.ceil(LOOK_BYTES / payload.length);
  const endsAt = performance.now() + durationMs;
  let id = 0;
  do {
    for (const last = id + turn; id < last; id += 1) {
      if (!outlet.tell({ id, payload })) await outlet.ready();
    }
  } while (performance.now() < endsAt);
  return id;
}
