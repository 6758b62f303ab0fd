// The asker of what an actor sends itself: it waits for no answer, but says when the message is void.
import type { Asker } from './asker.ts';
import { NO_DEADLINE } from './deadline.ts';

export abstract class SelfAsker implements Asker {
  readonly keepsItsPlace = true;
  abandoned = false;
  readonly deadline = NO_DEADLINE;
  readonly wants = 'nothing';
  onAbandon: (() => void) | undefined;

  abstract resolve(): void;
  abstract reject(): void;

  // What is forwarded is told on: nobody waits for an answer there.
  handOn(send: (heir: undefined) => void): this {
    send(undefined);
    return this;
  }
}
