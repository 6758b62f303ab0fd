// Whether looking again pays on one lane. It does where the peer answers from another core; it does the reverse where the peer
// waits for this very core, or where frames come far apart: each look in vain then keeps somebody else from working. What the
// node may spend on it altogether is `AwakeBudget`'s matter.

/** That many windows in a row without a frame, and the next ones are left out. */
const MISSES_ALLOWED = 4;
/** At most that many are left out before one is tried again. */
const MOST_LEFT_OUT = 64;

/** One a lane. A window is the time after a frame in which the reader keeps looking. */
export class AwakeHabit {
  #misses = 0;
  #leftOut = 0;

  /** Asked once at the beginning of each window: whether it should be kept. */
  opens(): boolean {
    if (this.#leftOut === 0) return true;
    this.#leftOut -= 1;
    return false;
  }

  /** A frame came in the window. */
  caught(): void {
    this.#misses = 0;
  }

  /** The window ended without a frame. */
  missed(): void {
    this.#misses += 1;
    if (this.#misses < MISSES_ALLOWED) return;
    this.#leftOut = Math.min(2 ** (this.#misses - MISSES_ALLOWED + 2), MOST_LEFT_OUT);
  }
}
