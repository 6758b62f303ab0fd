// What is left to do when the process exits without having stopped its system: synchronous, bounded, and nothing of the node
// stays behind. Leaving in order is `Node.close`.
import type { NodeId } from '../address.ts';
import { reclaimDescendants, type NodeDirectory } from '../control/node-directory.ts';
import type { HostedProcess } from '../host/process-host.ts';
import type { Neighbours } from './neighbours.ts';
import type { World } from './world.ts';

// What a process that exits without stopping its system may spend on handing over what it has sent.
const EXIT_FLUSH_MS = 1000;
// How long it then waits for a child that it has just killed to let go of its lock; some tenths of a millisecond do.
const EXIT_RECLAIM_MS = 500;

export interface NodeExitOptions {
  readonly id: NodeId;
  /** Directory of the system. */
  readonly directory: string;
  readonly ownDirectory: NodeDirectory;
  readonly neighbours: Neighbours;
  readonly world: World;
}

export class NodeExit {
  readonly #options: NodeExitOptions;
  readonly #forget: () => void;
  #flushMs = EXIT_FLUSH_MS;
  readonly #hosted = new Map<NodeId, HostedProcess>();

  constructor(options: NodeExitOptions) {
    this.#options = options;
    this.#forget = options.world.onExit(this.#onExit);
  }

  /** A process was started from here: should this one exit without stopping its system, it is ended and cleaned up behind. */
  addHosted(node: NodeId, hosted: HostedProcess): void {
    this.#hosted.set(node, hosted);
    void hosted.exited.then(() => this.#hosted.delete(node));
  }

  /** Nobody waits for what is still to be handed over. */
  hurry(): void {
    this.#flushMs = 0;
  }

  /** The node has left its system: nothing is left to do. */
  close(): void {
    this.#forget();
  }

  readonly #onExit = (): void => {
    const { id, directory, ownDirectory, neighbours, world } = this.#options;
    const { clock } = world;
    const deadline = clock.now() + this.#flushMs;
    for (const { exchange } of neighbours.links) exchange.flushBlocking(Math.max(0, deadline - clock.now()));
    for (const hosted of this.#hosted.values()) hosted.kill();
    if (this.#hosted.size > 0) reclaimDescendants(directory, id, EXIT_RECLAIM_MS);
    ownDirectory.release();
  };
}
