// Where the processes of actors come from: started for the one that asks, or taken from those that were started before and wait
// with nothing in them. Those are replaced in the background, and end with the system. None of them is a worker of node:cluster.
import type { ProcessKind } from '../actor/spawning.ts';
import type { NodeId } from '../address.ts';
import type { Timer } from '../clock.ts';
import type { HostedProcess } from '../host/process-host.ts';
import { isAlive } from '../host/process-status.ts';
import type { Node } from './node.ts';
import { startChild } from './start-child.ts';

// Shown beside the program's name, for nobody knows yet what will run in it.
const TITLE = 'warm';
// A process that was taken is replaced when the actor in it has had time to start: both want the processor.
const REPLACE_TAKEN_AFTER_MS = 200;
// And one that died is not replaced so soon that a machine without memory has no time for anything else.
const REPLACE_DEAD_AFTER_MS = 1000;

interface Spare {
  readonly process: Promise<HostedProcess>;
  pid: number | undefined;
  isReady: boolean;
}

export class ProcessSupply {
  readonly #node: Node;
  readonly #count: number;
  readonly #spares = new Map<NodeId, Spare>();
  readonly #taken = new Map<NodeId, Spare>();
  // Spares that have not yet ended, so that none is left when the system is.
  readonly #ending = new Set<Promise<void>>();
  #timer: Timer | undefined;
  #closed = false;

  /** Keeps `count` processes ready, from the first `fill` on. */
  constructor(node: Node, count: number) {
    this.#node = node;
    this.#count = count;
  }

  /** How many processes are connected and wait for an actor. */
  get ready(): number {
    return [...this.#spares.values()].filter(({ isReady }) => isReady).length;
  }

  /** The node of the process that the next `start` is to give: a spare's, the one that is ready first, or a new one. */
  reserve(kind: ProcessKind, maxHeapBytes?: number): NodeId {
    // Those that wait are of the one kind, and without bounds of their own.
    if (kind !== 'process' || maxHeapBytes !== undefined) return this.#node.world.newNodeId();
    // That one has died may not have been told yet.
    const spares = [...this.#spares].filter(([, { pid }]) => pid === undefined || isAlive(pid));
    const [node, spare] = spares.find(([, { isReady }]) => isReady) ?? spares[0] ?? [];
    if (node === undefined || spare === undefined) return this.#node.world.newNodeId();
    this.#spares.delete(node);
    this.#taken.set(node, spare);
    this.#fillAfter(REPLACE_TAKEN_AFTER_MS);
    return node;
  }

  /** The process that joins, or has joined, as `node`. */
  start(node: NodeId, title: string, kind: ProcessKind, maxHeapBytes?: number): Promise<HostedProcess> {
    const spare = this.#taken.get(node);
    this.#taken.delete(node);
    return spare?.process ?? startChild(this.#node, node, title, kind, maxHeapBytes);
  }

  /** Starts what is missing. */
  fill(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    while (!this.#closed && this.#spares.size < this.#count) this.#add();
  }

  /** Ends the processes that wait. Resolves when they are gone, with all they had. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#timer?.cancel();
    for (const { process } of this.#spares.values())
      process.then(
        (hosted) => hosted.kill(),
        () => undefined,
      );
    await Promise.all(this.#ending);
  }

  #add(): void {
    const node = this.#node.world.newNodeId();
    const process = startChild(this.#node, node, TITLE, 'process');
    const spare: Spare = { process, pid: undefined, isReady: false };
    this.#spares.set(node, spare);
    const ending = this.#follow(node, spare).finally(() => this.#ending.delete(ending));
    this.#ending.add(ending);
  }

  /** Resolves when the process has ended or was taken. */
  async #follow(node: NodeId, spare: Spare): Promise<void> {
    const { clock, neighbours, log, settings } = this.#node;
    let late: Timer | undefined;
    let why = 'it ended before it was ready; its standard error may say why';
    try {
      const hosted = await spare.process;
      spare.pid = hosted.pid;
      late = clock.after(settings.startTimeoutMs, () => {
        if (!spare.isReady && this.#spares.has(node)) hosted.kill();
      });
      neighbours.expect(node).then(
        () => (spare.isReady = true),
        () => undefined,
      );
      await hosted.exited;
    } catch (error) {
      why = (error as Error).message;
    } finally {
      late?.cancel();
    }
    // One that was taken is looked after by who took it.
    if (!this.#spares.delete(node)) return;
    await neighbours.gone(node);
    if (this.#closed) return;
    // One that never became ready would not the next time: the next is started when one was wanted.
    if (spare.isReady) this.#fillAfter(REPLACE_DEAD_AFTER_MS);
    else log.warn(`a process that was to wait for an actor did not start: ${why}`);
  }

  #fillAfter(delayMs: number): void {
    this.#timer ??= this.#node.clock.after(delayMs, () => this.fill());
  }
}
