// Whether a callback's result is still to come. Any thenable counts: not every promise is of this realm.

export function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
