// Waiting in the event loop for the one thing that has to come over a descriptor, for a bounded time.
import { watchDescriptor } from './poll.ts';

/**
 * Calls `read` whenever there is something at `fd`, its end included, until it returns something other than
 * undefined, which is the answer; undefined at `deadline`, a moment of `performance.now()`. Rejects with what `read`
 * throws. `fd` must have no other watch.
 */
export function readBefore<Value>(
  fd: number,
  deadline: number,
  read: () => Value | undefined,
): Promise<Value | undefined> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void): void => {
      clearTimeout(timer);
      watch.close();
      act();
    };
    const watch = watchDescriptor(fd, () => {
      try {
        const value = read();
        if (value !== undefined) settle(() => resolve(value));
      } catch (error) {
        settle(() => reject(error instanceof Error ? error : new Error(String(error))));
      }
    });
    const timer = setTimeout(
      () => settle(() => resolve(undefined)),
      Math.max(0, deadline - performance.now()),
    );
    watch.update({ readable: true });
  });
}
