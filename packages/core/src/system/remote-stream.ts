// A reader in another process: items go back over the link its message came by, as many as it has granted.
import { NO_DEADLINE } from '../actor/deadline.ts';
import { MAX_WINDOW, type StreamAsker } from '../actor/asker.ts';
import { RemoteAsker } from './remote-asker.ts';

export class RemoteStream extends RemoteAsker implements StreamAsker {
  onGrant: ((count: number) => void) | undefined;
  // Items that may still be sent.
  #granted = 0;
  readonly #send: (correlation: number, value: unknown) => void;

  /** `send` sends one item, or throws when it cannot travel. */
  constructor(
    send: (correlation: number, value: unknown) => void,
    ...asker: ConstructorParameters<typeof RemoteAsker>
  ) {
    super(...asker);
    this.#send = send;
  }

  override get wants(): 'items' {
    return 'items';
  }

  get window(): number {
    return this.#granted;
  }

  item(value: unknown): boolean {
    if (this.#granted <= 0) return false;
    // The message had to be handled in time; the stream has all the time that its reader gives it.
    this.deadline = NO_DEADLINE;
    this.#send(this.correlation, value);
    this.#granted -= 1;
    return true;
  }

  /** The reader takes `count` more. False when that is nothing a reader would grant. */
  grant(count: number): boolean {
    if (count < 1 || this.#granted + count > MAX_WINDOW) return false;
    this.#granted += count;
    this.onGrant?.(count);
    return true;
  }
}
