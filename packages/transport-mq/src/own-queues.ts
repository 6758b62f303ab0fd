// The queues of this process's nodes, one each: made when the first lane or the letterbox needs it, gone with the last. What
// anybody of this user may remove (`ipcrm`, `mq_unlink`) is made anew, for lanes and letters that come later.
import type { Letterbox, LetterboxOptions } from '@troupe/core/transport';
import { receiveFailure } from './lane-failure.ts';
import { hangLetterbox } from './letterbox.ts';
import { NodeQueue } from './node-queue.ts';
import type { QueueKind } from './queue.ts';

interface HungLetterbox {
  readonly options: LetterboxOptions;
  takeDown: () => void;
}

export class OwnQueues {
  readonly #kind: QueueKind;
  // A node has one directory.
  readonly #queues = new Map<string, NodeQueue>();
  readonly #letterboxes = new Map<string, HungLetterbox>();

  constructor(kind: QueueKind) {
    this.#kind = kind;
  }

  /** The queue of the node in `directory`, which others can find at this moment. Throws TROUPE_LIMIT when none can be made. */
  open(directory: string): NodeQueue {
    const found = this.#queues.get(directory);
    if (found === undefined) return this.#make(directory);
    return found.own.isThere() ? found : this.#replace(found, directory);
  }

  /** Removes `queue` if nobody receives through it any more. */
  closeUnused(queue: NodeQueue, directory: string): void {
    if (queue.isUsed) return;
    if (this.#queues.get(directory) === queue) this.#queues.delete(directory);
    queue.close();
  }

  /** Hangs the letterbox of the node in `options.directory`. Throws as `open` does. */
  openLetterbox(options: LetterboxOptions): Letterbox {
    const { directory } = options;
    const queue = this.open(directory);
    const letterbox: HungLetterbox = { options, takeDown: () => {} };
    this.#letterboxes.set(directory, letterbox);
    const close = (): void => {
      if (this.#letterboxes.get(directory) !== letterbox) return;
      this.#letterboxes.delete(directory);
      letterbox.takeDown();
      const last = this.#queues.get(directory);
      last?.setLetterbox(undefined);
      if (last !== undefined) this.closeUnused(last, directory);
    };
    try {
      this.#hang(letterbox, queue);
    } catch (error) {
      close();
      throw error;
    }
    return { close: async () => close() };
  }

  #make(directory: string): NodeQueue {
    const own = this.#kind.create(directory);
    try {
      const queue: NodeQueue = new NodeQueue(own, () => this.#restore(queue, directory));
      this.#queues.set(directory, queue);
      return queue;
    } catch (error) {
      own.close();
      throw receiveFailure(error, `the queue of ${this.#kind.name}`, directory);
    }
  }

  #hang(letterbox: HungLetterbox, queue: NodeQueue): void {
    queue.setLetterbox(letterbox.options);
    letterbox.takeDown = hangLetterbox(letterbox.options.directory, this.#kind.name, queue.own);
  }

  /** Makes another queue for lanes and letters that come from now on. */
  #replace(removed: NodeQueue, directory: string): NodeQueue {
    const letterbox = this.#letterboxes.get(directory);
    // It names a queue that is gone.
    letterbox?.takeDown();
    const queue = this.#make(directory);
    removed.retire(() => this.closeUnused(removed, directory));
    if (letterbox !== undefined) this.#rehang(letterbox, removed, queue);
    return queue;
  }

  #rehang(letterbox: HungLetterbox, removed: NodeQueue, queue: NodeQueue): void {
    const { onWarning } = letterbox.options;
    const what = `the ${this.#kind.name} queue ${removed.own.address} of this process was removed by somebody else`;
    try {
      this.#hang(letterbox, queue);
      onWarning(`${what}; ${queue.own.address} takes its place`);
    } catch (error) {
      onWarning(`${what}; ${queue.own.address} takes its place, without a letterbox: ${reasonOf(error)}`);
    }
  }

  /** `queue` has failed, and its lanes with it; a letterbox needs another one now. */
  #restore(queue: NodeQueue, directory: string): void {
    const letterbox = this.#letterboxes.get(directory);
    if (letterbox === undefined || this.#queues.get(directory) !== queue) return;
    try {
      this.open(directory);
    } catch (error) {
      letterbox.options.onWarning(
        `the ${this.#kind.name} queue ${queue.own.address} of this process has failed, and there is no other: ${reasonOf(error)}`,
      );
    }
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
