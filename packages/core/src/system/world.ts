// What a node stands on: time and chance, the way to other nodes, the processes it starts. A program's world is the machine; a
// test may have another, in which nodes are the same and the machine is not. What a node does is not in here.
import type { NodeId } from '../address.ts';
import type { ProcessKind } from '../actor/spawning.ts';
import type { Message } from '../actor/message.ts';
import { systemClock, type Clock } from '../clock.ts';
import { ControlPlane, type ControlPlaneOptions, type Plane } from '../control/control-plane.ts';
import { newNodeId } from '../control/new-node-id.ts';
import type { Bootstrap } from '../host/bootstrap.ts';
import { startWorker } from '../host/cluster-worker.ts';
import type { HeapLimit } from '../host/heap-limit.ts';
import { startProcess, type HostedProcess } from '../host/process-host.ts';
import { loadTransport } from '../transport/load-transport.ts';

/** Hands a message that came from another process to actor number `to`. */
export type Delivery = (to: number, message: Message) => void;

export interface World {
  /** Id of the process that a node of this world is. */
  readonly pid: number;
  readonly clock: Clock;
  /** By which actors share the event loop. */
  readonly loopClock: Clock;
  /** A number from 0 to 1, 1 excluded. */
  readonly chance: () => number;
  readonly newNodeId: () => NodeId;
  readonly openPlane: (options: ControlPlaneOptions) => Plane;
  readonly loadTransport: typeof loadTransport;
  /** Starts a process that joins as the bootstrap says. */
  readonly startProcess: (
    bootstrap: Bootstrap,
    inherited: readonly number[],
    title: string,
    kind: ProcessKind,
    heap: HeapLimit | undefined,
  ) => Promise<HostedProcess>;
  /** What becomes of messages from other processes on their way to `deliver`. */
  readonly arrivals: (deliver: Delivery) => Delivery;
  /** `callback` is called, synchronously, when the program exits. Returns what ends that. */
  readonly onExit: (callback: () => void) => () => void;
}

/** The world of every program. */
export const machine: World = {
  pid: process.pid,
  clock: systemClock,
  loopClock: systemClock,
  chance: Math.random,
  newNodeId,
  openPlane: (options) => new ControlPlane(options),
  loadTransport,
  startProcess: (bootstrap, inherited, title, kind, heap) =>
    (kind === 'cluster' ? startWorker : startProcess)(bootstrap, inherited, title, heap),
  arrivals: (deliver) => deliver,
  onExit(callback) {
    process.on('exit', callback);
    return () => process.off('exit', callback);
  },
};
