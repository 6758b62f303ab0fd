// Calls what a user gave where an exception must not stop what the runtime is doing: it surfaces as an uncaught one, as if
// the user's function had been called by the event loop.

export function guarded(callback: () => void): void {
  try {
    callback();
  } catch (error) {
    surface(error);
  }
}

/** Lets an exception surface as an uncaught one, soon. */
export function surface(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
