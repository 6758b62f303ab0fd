// A child process that is a worker of node:cluster, seen from its parent, which is the primary: how it is started and how it
// ended. It joins the system like any other child; what node:cluster adds is that workers share the ports they listen on. The
// program's own use of node:cluster goes on as if there were no such workers.
import type { Cluster, Worker } from 'node:cluster';
import { createRequire } from 'node:module';
import { isMainThread } from 'node:worker_threads';
import { TroupeError } from '../errors.ts';
import { BOOTSTRAP_VARIABLE, type Bootstrap } from './bootstrap.ts';
import { hideFromListeners } from './cluster-events.ts';
import { rescueConnections } from './cluster-connections.ts';
import type { HeapLimit } from './heap-limit.ts';
import {
  childFlags,
  exitOf,
  hostEntry,
  running,
  type HostedProcess,
  type ProcessExit,
} from './process-host.ts';

/** As `startProcess`, as a worker of node:cluster; only in the main thread of a process that is no worker itself. */
export async function startWorker(
  bootstrap: Bootstrap,
  inherited: readonly number[],
  title: string,
  heap?: HeapLimit,
): Promise<HostedProcess> {
  // Not imported above: few programs have such workers.
  const cluster = createRequire(import.meta.url)('node:cluster') as Cluster;
  if (!isMainThread)
    throw new TroupeError(
      'TROUPE_START_FAILED',
      "spawn in: 'cluster' works only from the main thread; create the system there, or spawn without `in`",
    );
  if (cluster.isWorker)
    throw new TroupeError(
      'TROUPE_START_FAILED',
      "spawn in: 'cluster' works only in the primary of node:cluster, and this process is a worker; spawn there and find the actor here by its name, or spawn in: 'process'",
    );
  const worker = fork(cluster, {
    exec: hostEntry(),
    args: [title],
    execArgv: childFlags(heap),
    stdio: ['ignore', 'inherit', 'inherit', ...inherited, 'ipc'],
    environment: { [BOOTSTRAP_VARIABLE]: JSON.stringify(bootstrap) },
  });
  // A message to one that has just died is no failure of this program: that it died is told otherwise.
  worker.on('error', () => undefined);
  try {
    return await running(worker.process, title, whenGone(cluster, worker, heap));
  } catch (error) {
    // node:cluster would wait for its end for ever.
    Reflect.deleteProperty(cluster.workers ?? {}, worker.id);
    throw error;
  }
}

interface WorkerSettings {
  readonly exec: string;
  readonly args: string[];
  readonly execArgv: string[];
  readonly stdio: (string | number)[];
  readonly environment: Readonly<Record<string, string>>;
}

/** Forks with these settings alone, and puts those of the program back. */
function fork(cluster: Cluster, { environment, ...settings }: WorkerSettings): Worker {
  const ofProgram = cluster.settings;
  // `setupPrimary` would mix the two, and cannot take back what it has set.
  Object.assign(cluster, { settings });
  try {
    const worker = cluster.fork(environment);
    hideFromListeners(cluster, worker);
    return worker;
  } finally {
    hideFromListeners(cluster, cluster.settings);
    Object.assign(cluster, { settings: ofProgram });
  }
}

/**
 * Resolves when the process is gone and node:cluster holds nothing more for it: what it listened on,
 * and what was on its way to it.
 */
function whenGone(cluster: Cluster, worker: Worker, heap: HeapLimit | undefined): Promise<ProcessExit> {
  const child = worker.process;
  let settleConnections = (): void => undefined;
  // One that could not be started has no channel.
  child.once('spawn', () => (settleConnections = rescueConnections(cluster, child)));
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => {
      let isGone = false;
      const gone = (): void => {
        if (isGone) return;
        isGone = true;
        // Of a channel that ends with a connection under way there is no such event, and then nobody is taken off the list.
        if (cluster.workers?.[worker.id] === worker) child.emit('disconnect');
        settleConnections();
        resolve(exitOf(code, signal, heap));
      };
      if (!child.connected) gone();
      else {
        // What the worker said last is read first.
        child.once('disconnect', gone);
        child.once('close', () => setImmediate(gone));
      }
    });
  });
}
