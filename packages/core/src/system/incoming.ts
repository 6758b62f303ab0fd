// Messages that one other node sends to the actors of this one: they are read off the lane and handed over, answers to those
// that ask go back, and how all of them ended is reported.
import { NO_DEADLINE } from '../actor/deadline.ts';
import { asError, bareError } from '../actor/failure.ts';
import type { Message } from '../actor/message.ts';
import type { Clock, Timer } from '../clock.ts';
import type { Codec } from '../wire/codec.ts';
import * as envelope from '../wire/envelope.ts';
import * as routed from '../wire/routed-header.ts';
import { settledFrame } from '../wire/settled.ts';
import { Inflow } from './inflow.ts';
import { RemoteAsker } from './remote-asker.ts';
import { RemoteStream } from './remote-stream.ts';
import type { KnownRoute } from './routes.ts';
import type { SignalLine } from './signal-line.ts';
import { violation } from './violation.ts';

// How long counts of messages that ended may wait when the sender is not short of room.
const REPORT_DELAY_MS = 5;
// What a field of a header holds.
const MAX_FIELD = 0xffffffff;

/** Who takes what comes in. */
export interface IncomingHost {
  readonly clock: Clock;
  /** A message for an actor of this node. */
  deliver(to: number, message: Message): void;
}

export class Incoming {
  readonly #codec: Codec;
  readonly #signals: SignalLine;
  readonly #host: IncomingHost;
  readonly #inflows = new Map<number, Inflow>();
  readonly #askers = new Map<number, RemoteAsker>();
  // Whoever stands in it was due when he came; his counts may have gone with a reply since.
  readonly #due: Inflow[] = [];
  readonly #routes: (KnownRoute | undefined)[] = Array.from({ length: routed.ROUTES }, () => undefined);
  #reportTimer: Timer | undefined;

  constructor(codec: Codec, signals: SignalLine, host: IncomingHost) {
    this.#codec = codec;
    this.#signals = signals;
    this.#host = host;
  }

  /** Nothing can be answered or reported any more. */
  close(): void {
    this.#reportTimer?.cancel();
  }

  /** The askers are gone. */
  abandonAll(): void {
    for (const asker of this.#askers.values()) asker.abandon();
    this.#askers.clear();
  }

  /** One asker does not wait any longer. */
  abandon(correlation: number): void {
    this.#askers.get(correlation)?.abandon();
    this.#askers.delete(correlation);
  }

  /** A reader takes `count` more items. */
  grant(correlation: number, count: number): void {
    // The stream may have come to its end meanwhile.
    const stream = this.#askers.get(correlation);
    if (stream === undefined) return;
    if (!(stream instanceof RemoteStream) || !stream.grant(count))
      throw violation(`${String(count)} items were granted to a stream`);
  }

  /** A message whose header names its route by number. */
  receiveRouted(memory: Buffer, start: number, end: number): void {
    const bytes = memory[start] ?? 0;
    const kind = bytes & ~routed.PROMPT_KIND;
    const isAsk = kind === routed.ROUTED_ASK;
    const payloadStart = start + (isAsk ? routed.ROUTED_ASK_BYTES : routed.ROUTED_TELL_BYTES);
    const route = payloadStart > end ? undefined : this.#routes[routed.routeNumber(memory, start)];
    if (route === undefined || kind > routed.ROUTED_ASK)
      throw violation('a frame has no header that this lane knows');
    const { to, type, inflow: origin } = route;
    const payload = this.#codec.decode(memory, payloadStart, end);
    const asker = isAsk
      ? this.#newAsker(routed.routedCorrelation(memory, start), routed.routedDeadline(memory, start), origin)
      : undefined;
    const prompt = bytes !== kind;
    origin.open += 1;
    const size = end - payloadStart;
    this.#host.deliver(to, { type, payload, asker, origin, bytes: size, prompt, expires: NO_DEADLINE });
  }

  /** A message with a header of its own. */
  receive(header: envelope.Header, memory: Buffer, end: number): void {
    const { kind, to, from, correlation, prompt, numbers, type, payloadStart } = header;
    const deadline = header.amount | 0;
    const payload = this.#codec.decode(memory, payloadStart, end);
    let origin = this.#inflows.get(to);
    if (origin === undefined) {
      origin = new Inflow(to, this.#report);
      this.#inflows.set(to, origin);
    }
    if (numbers) this.#learn(from, { to, type, inflow: origin });
    origin.open += 1;
    let asker: RemoteAsker | undefined;
    if (kind === envelope.ASK) asker = this.#newAsker(correlation, deadline, origin);
    else if (kind === envelope.STREAM) asker = this.#newStream(correlation, deadline, origin, from);
    // One that gives numbers is on its way at once; others may have waited.
    const expires = numbers || kind === envelope.STREAM ? NO_DEADLINE : from | 0;
    this.#host.deliver(to, { type, payload, asker, origin, bytes: end - payloadStart, prompt, expires });
  }

  /** Tells the peer how its messages ended, as far as it does not know. */
  reportAll(): void {
    this.#reportTimer?.cancel();
    this.#reportTimer = undefined;
    for (const inflow of this.#due) {
      inflow.isListed = false;
      if (inflow.isDue) this.#signals.sendAhead(settledFrame(inflow.actor, inflow.take()));
      this.#forgetInflow(inflow);
    }
    this.#due.length = 0;
  }

  #learn(number: number, route: KnownRoute): void {
    const former = this.#routes[number];
    if (former !== undefined) {
      former.inflow.routes -= 1;
      this.#forgetInflow(former.inflow);
    }
    route.inflow.routes += 1;
    this.#routes[number] = route;
  }

  // Recipients come and go, and nobody says when the last message was: the next one makes it anew. Not before the last one
  // has ended: all that ended before a reply are to be reported with it.
  #forgetInflow(inflow: Inflow): void {
    if (inflow.routes + inflow.open === 0 && !inflow.isListed) this.#inflows.delete(inflow.actor);
  }

  #newAsker(correlation: number, deadline: number, inflow: Inflow): RemoteAsker {
    const asker = new RemoteAsker(correlation, deadline, this.#host.clock, inflow, this.#answer);
    this.#askers.set(correlation, asker);
    return asker;
  }

  #newStream(correlation: number, deadline: number, inflow: Inflow, window: number): RemoteStream {
    const { clock } = this.#host;
    const stream = new RemoteStream(this.#sendItem, correlation, deadline, clock, inflow, this.#answer);
    if (!stream.grant(window))
      throw violation(`a stream was asked for in a window of ${String(window)} items`);
    this.#askers.set(correlation, stream);
    return stream;
  }

  readonly #sendItem = (correlation: number, value: unknown): void => {
    this.#signals.sendOrThrow({ ...envelope.EMPTY_ENVELOPE, kind: envelope.ITEM, correlation }, value);
  };

  readonly #answer = (correlation: number, inflow: Inflow, failed: boolean, value: unknown): void => {
    this.#askers.delete(correlation);
    // With the answer: the asker that has it must not hear later that its message may be lost.
    const counts = inflow.take();
    let head = envelope.EMPTY_ENVELOPE;
    if (counts.dead + counts.lost === 0 && counts.bytes <= MAX_FIELD)
      head = { ...head, correlation, to: inflow.actor, from: counts.delivered, amount: counts.bytes };
    else {
      this.#signals.sendFrame(settledFrame(inflow.actor, counts));
      head = { ...head, correlation };
    }
    const failure = { ...head, kind: envelope.FAILURE };
    if (failed) this.#signals.send(failure, value, () => bareError(asError(value)));
    else this.#signals.send({ ...head, kind: envelope.REPLY }, value, undefined, failure);
  };

  readonly #report = (inflow: Inflow, prompt: boolean): void => {
    if (!inflow.isListed) {
      inflow.isListed = true;
      this.#due.push(inflow);
    }
    if (prompt) this.reportAll();
    else this.#reportTimer ??= this.#host.clock.after(REPORT_DELAY_MS, this.#reportLater);
  };

  readonly #reportLater = (): void => this.reportAll();
}
