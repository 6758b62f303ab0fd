// Keeps the workers of Troupe from those who listen to node:cluster in the same program:
// `cluster.on('exit', () => cluster.fork())` is in so many of them, and would start one more of the program's own
// workers each time one of ours ends.
import type { Cluster } from 'node:cluster';

// Messages are not among them: an actor that calls `process.send` wants to be heard.
const EVENTS_OF_LIFE: readonly unknown[] = ['setup', 'fork', 'online', 'listening', 'disconnect', 'exit'];
// On the one object of the process: there may be several builds of this module.
const HIDDEN = Symbol.for('troupe.cluster-hidden');

/** Events about `subject`, a worker or settings, are told to nobody who listens to `cluster`; those of the worker itself are. */
export function hideFromListeners(cluster: Cluster & { [HIDDEN]?: WeakSet<object> }, subject: object): void {
  (cluster[HIDDEN] ??= filterEvents(cluster)).add(subject);
}

function filterEvents(cluster: Cluster): WeakSet<object> {
  const hidden = new WeakSet();
  const emit = cluster.emit.bind(cluster) as (...event: readonly unknown[]) => boolean;
  const filtered = (...event: readonly unknown[]): boolean => {
    const [name, subject] = event;
    if (EVENTS_OF_LIFE.includes(name) && hidden.has(subject as object)) return false;
    return emit(...event);
  };
  Object.assign(cluster, { emit: filtered });
  return hidden;
}
