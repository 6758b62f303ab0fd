// The ref to a pool that the process which made it holds. Sent in a message it arrives as any ref: its size is the maker's.
import { Ref, type ActorRef, type StopOptions } from '../../actor/actor-ref.ts';
import type { Protocol } from '../../actor/protocol.ts';
import { TroupeError } from '../../errors.ts';
import { readDuration } from '../../units.ts';
import type { Pool } from './pool.ts';

/** The ref to a pool, where it was made. */
export type PoolRef<P extends Protocol> = ActorRef<P> & {
  /** Members there are now: those that are restarted included, those that ended for good not. */
  readonly size: number;
  /**
   * Starts members, or stops the last ones after the messages they have, until there are `count`; resolves then. What is
   * left behind by those that are stopped goes to the others. Rejects as `spawn` does, and then none of the new ones is left.
   */
  resize(count: number, options?: Pick<StopOptions, 'timeout'>): Promise<void>;
};

export function createPoolRef<P extends Protocol>(pool: Pool): PoolRef<P> {
  return new PoolHandle(pool) as unknown as PoolRef<P>;
}

class PoolHandle extends Ref {
  readonly #pool: Pool;

  constructor(pool: Pool) {
    super(pool);
    this.#pool = pool;
  }

  get size(): number {
    return this.#pool.size;
  }

  async resize(count: number, options: Pick<StopOptions, 'timeout'> = {}): Promise<void> {
    if (!Number.isInteger(count) || count < 1)
      throw new TroupeError(
        'TROUPE_CONFIGURATION',
        `resize: ${JSON.stringify(count)} is no size of a pool; expected 1 member or more, or stop the pool`,
      );
    await this.#pool.resize(count, readDuration('resize', 'timeout', options.timeout));
  }
}
