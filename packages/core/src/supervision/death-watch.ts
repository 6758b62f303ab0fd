// Who wants to be told when an actor of this node ends. An actor that has ended already is remembered for a while, so that
// who asks late is told the true reason.
import type { End } from '../actor/end-reason.ts';
import { guarded } from '../guarded.ts';

// Ends that are remembered; older ones are told as unreachable.
const REMEMBERED = 4096;

const UNKNOWN: End = {
  reason: { kind: 'unreachable', message: 'it ended long ago, or never existed' },
  lost: 0,
};

export class DeathWatch {
  readonly #watchers = new Map<number, Map<string, (end: End) => void>>();
  readonly #ends = new Map<number, End>();

  /** `notify` is called once when `actor` ends. `watcher` names who asks: asking twice is once. */
  watch(actor: number, watcher: string, notify: (end: End) => void): void {
    const watchers = this.#watchers.get(actor) ?? new Map<string, (end: End) => void>();
    this.#watchers.set(actor, watchers);
    if (!watchers.has(watcher)) watchers.set(watcher, notify);
  }

  unwatch(actor: number, watcher: string): void {
    const watchers = this.#watchers.get(actor);
    watchers?.delete(watcher);
    if (watchers?.size === 0) this.#watchers.delete(actor);
  }

  /** Forgets every watcher whose name begins so: its process is gone. */
  unwatchAll(prefix: string): void {
    for (const [actor, watchers] of this.#watchers)
      for (const watcher of watchers.keys()) if (watcher.startsWith(prefix)) this.unwatch(actor, watcher);
  }

  /** Why `actor` ended. */
  endOf(actor: number): End {
    return this.#ends.get(actor) ?? UNKNOWN;
  }

  /** Remembers the end and tells everybody who watches, once. */
  ended(actor: number, end: End): void {
    this.#ends.set(actor, end);
    if (this.#ends.size > REMEMBERED) this.#ends.delete(this.#ends.keys().next().value ?? actor);
    const watchers = this.#watchers.get(actor);
    this.#watchers.delete(actor);
    for (const notify of watchers?.values() ?? []) guarded(() => notify(end));
  }
}
