// An actor in another process, as somewhere to send to: messages wait in a mailbox on this side until there is a process that
// takes them. Who that process is, and when it is all over, is for those who build on this to say.
import type { Address } from '../address.ts';
import type { Destination } from '../actor/actor-ref.ts';
import type { Patience } from '../actor/askable.ts';
import type { Asker } from '../actor/asker.ts';
import type { MailboxLimits } from '../actor/mailbox-limits.ts';
import type { Outgoing } from './outgoing.ts';
import { RemoteMailbox } from './remote-mailbox.ts';

export abstract class FarActor implements Destination {
  readonly address: Address;
  protected readonly mailbox: RemoteMailbox;
  protected readonly outgoing: Outgoing;

  /** Messages of `urgent` types go before others. */
  constructor(address: Address, limits: MailboxLimits, outgoing: Outgoing, urgent?: ReadonlySet<string>) {
    this.address = address;
    this.outgoing = outgoing;
    this.mailbox = new RemoteMailbox(address, limits, outgoing, this, urgent);
  }

  /** Messages that wait here or are under way. */
  get depth(): number {
    return this.mailbox.depth;
  }

  get hasRoom(): boolean {
    return this.mailbox.hasRoom;
  }

  get patience(): Patience {
    return this.outgoing;
  }

  tell(type: string, payload: unknown): boolean {
    return this.mailbox.tell(type, payload);
  }

  send(type: string, payload: unknown, asker: Asker | undefined): boolean {
    return this.mailbox.send(type, payload, asker);
  }

  ready(): Promise<void> {
    return this.mailbox.ready();
  }

  abstract stop(timeoutMs: number | undefined, drain: boolean): Promise<void>;
}
