// Finds actors by name in the whole system, in whichever process they are.
import { createRef } from '../actor/actor-ref.ts';
import type { FindOptions } from '../actor/spawning.ts';
import { pause } from '../clock.ts';
import { nameWithin, readName } from '../control/names.ts';
import { reclaimNode } from '../control/node-directory.ts';
import { readDuration } from '../units.ts';
import type { Node } from './node.ts';

// How often a name that nobody holds yet is looked for.
const LOOK_AGAIN_MS = 20;

export class Finder {
  readonly #node: Node;

  constructor(node: Node) {
    this.#node = node;
  }

  /** A name without the system's in front. */
  normalise(name: string): string {
    return nameWithin(this.#node.settings.name, name);
  }

  /** The ref to whoever holds `name`; undefined when nobody does, until `timeout` has passed. */
  async find(name: string, options: FindOptions = {}): Promise<unknown> {
    const timeoutMs = readDuration('find', 'timeout', options.timeout ?? 0);
    const { clock } = this.#node;
    const deadlineMs = clock.now() + timeoutMs;
    for (;;) {
      const found = await this.#lookUp(this.normalise(name));
      if (found !== undefined || clock.now() >= deadlineMs) return found;
      await pause(clock, LOOK_AGAIN_MS);
    }
  }

  async #lookUp(name: string): Promise<unknown> {
    const { directory, id, neighbours } = this.#node;
    const holder = readName(directory, name);
    if (holder === undefined) return undefined;
    if (holder.node !== id) {
      try {
        await neighbours.connect(holder.node);
      } catch (error) {
        // The holder died a moment ago: nobody has the name, unless its process lives and does not answer.
        if (reclaimNode(directory, holder.node)) return undefined;
        throw error;
      }
    }
    return createRef(this.#node.addresses.destination(holder));
  }
}
