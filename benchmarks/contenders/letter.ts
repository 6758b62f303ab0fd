// What goes between the two ends of a contender that is not Troupe, and what both ends do with it. How a letter travels is the
// contender's own affair.
import { flood } from '../flood.ts';
import type { Conversation, Gathering } from '../contender.ts';
import type { Item, Payload, PayloadSize } from '../payload.ts';
import { NOTHING, Tally, type Handled } from '../tally.ts';

export type Letter =
  | { readonly type: 'item' | 'echo'; readonly id: number; readonly payload: Payload }
  | { readonly type: 'handled'; readonly handled?: Handled }
  | { readonly type: 'flood'; readonly size: PayloadSize; readonly durationMs: number }
  | { readonly type: 'done'; readonly count: number };

/** Takes letters to the other end. */
export interface Post {
  /** False: `ready()` has to be awaited before the next. */
  send(letter: Letter): boolean;
  ready(): Promise<void>;
}

/** The far end: what it does with a letter. */
export function farEnd(post: Post): (letter: Letter) => void {
  const tally = new Tally();
  return (letter) => {
    switch (letter.type) {
      case 'item':
        tally.add(letter);
        return;
      case 'echo':
        post.send(letter);
        return;
      case 'handled':
        post.send({ type: 'handled', handled: tally.take() });
        return;
      case 'flood':
        void flood(outletOf(post), letter.size, letter.durationMs).then((count) =>
          post.send({ type: 'done', count }),
        );
        return;
      case 'done':
        throw new Error('nobody here asked for letters');
    }
  };
}

/** The near end with one far end; `receive` is what it does with a letter. */
export class Correspondence {
  readonly #post: Post;
  #answer: (value: Item | Handled) => void = () => undefined;

  constructor(post: Post) {
    this.#post = post;
  }

  readonly receive = (letter: Letter): void => {
    if (letter.type === 'echo') this.#answer(letter);
    else if (letter.type === 'handled') this.#answer(letter.handled ?? NOTHING);
  };

  /** `close` ends both ends. */
  conversation(close: () => Promise<void>): Conversation {
    return {
      ...outletOf(this.#post),
      echo: ({ id, payload }) => this.#ask({ type: 'echo', id, payload }),
      handled: () => this.#ask({ type: 'handled' }),
      close,
    };
  }

  #ask<Answer>(letter: Letter): Promise<Answer> {
    return new Promise((resolve) => {
      this.#answer = resolve as (value: Item | Handled) => void;
      this.#post.send(letter);
    });
  }
}

/** The near end with several far ends. */
export class Collection {
  readonly #tally = new Tally('any');
  readonly #counts: number[] = [];
  #onDone: () => void = () => undefined;

  readonly receive = (letter: Letter): void => {
    if (letter.type === 'item') {
      this.#tally.add(letter);
    } else if (letter.type === 'done') {
      this.#counts.push(letter.count);
      this.#onDone();
    }
  };

  gathering(posts: readonly Post[], pids: readonly number[], close: () => Promise<void>): Gathering {
    return {
      pids,
      close,
      acquaint: () => Promise.resolve(),
      gather: async (size, durationMs) => {
        await new Promise<void>((resolve) => {
          this.#onDone = () => this.#counts.length === posts.length && resolve();
          for (const post of posts) post.send({ type: 'flood', size, durationMs });
        });
        return { counts: this.#counts.splice(0), handled: this.#tally.take() };
      },
    };
  }
}

function outletOf(post: Post): Pick<Conversation, 'tell' | 'ready'> {
  return {
    tell: ({ id, payload }) => post.send({ type: 'item', id, payload }),
    ready: () => post.ready(),
  };
}
