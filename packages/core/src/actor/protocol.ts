// What an actor understands, as types: message names, payloads and replies, inferred from its handlers. No code but for one mark.

/** What `context.stash()` returns: no reply to anybody, and no part of what the compiler knows of replies. */
export interface Stashed {
  readonly '~stashed': true;
}

/** The one value of that type. */
export const STASHED: Stashed = Object.freeze({ '~stashed': true });

/**
 * What `context.forward()` returns: the reply, of which `Reply` is the type, comes from the actor that
 * the message was forwarded to.
 */
export interface Forwarded<Reply> {
  readonly '~forwarded': true;
  /** Carries the type; there is no such value. */
  readonly '~reply'?: Reply;
}

/** The one value of that type. */
export const FORWARDED: Forwarded<never> = Object.freeze({ '~forwarded': true });

/** The reply of a handler that answers with a stream of `Item`s: something to read with `stream`, and nothing to ask for. */
export interface Streamed<Item> {
  /** Carries the type; there is no such value. */
  readonly '~item': Item;
}

/** What an asker gets when a handler returns `R`, once that is no promise. */
type Answered<R> = R extends Stashed
  ? never
  : R extends Forwarded<infer Reply>
    ? Reply
    : R extends AsyncIterable<infer Item>
      ? Streamed<Item>
      : R extends Iterator<infer Item, unknown, never> & Iterable<unknown>
        ? Streamed<Awaited<Item>>
        : R;

/** The types of the messages that have an answer. */
export type Asked<P extends Protocol> = {
  [K in keyof P & string]: [P[K]['reply']] extends [never]
    ? K
    : [P[K]['reply']] extends [Streamed<unknown>]
      ? never
      : K;
}[keyof P & string];

/** The types of the messages that are answered with a stream. */
export type StreamedTypes<P extends Protocol> = {
  [K in keyof P & string]: unknown extends P[K]['reply']
    ? K
    : [Extract<P[K]['reply'], Streamed<unknown>>] extends [never]
      ? never
      : K;
}[keyof P & string];

/** Of what a handler may answer, what `ask` gives. */
export type ReplyOf<Reply> = Exclude<Reply, Streamed<unknown>>;

/** Of what a handler may answer, what `stream` gives, one by one. */
export type ItemOf<Reply> = unknown extends Reply
  ? unknown
  : Extract<Reply, Streamed<unknown>> extends Streamed<infer Item>
    ? Item
    : never;

/** Message types with their payloads and replies. */
export type Protocol = Readonly<Record<string, { readonly payload: unknown; readonly reply: unknown }>>;

/** The protocol that a set of handlers speaks, and with modes that of all of them together. */
export type ProtocolOf<H, M = unknown> = [keyof M] extends [never]
  ? Spoken<H>
  : SpokenInModes<Readonly<H> | Readonly<M[keyof M]>>;

type Spoken<H> = {
  readonly [K in keyof H & string]: H[K] extends (...parameters: infer A) => infer R
    ? { readonly payload: PayloadOf<A>; readonly reply: Answered<Awaited<R>> }
    : never;
};

// A message that several modes handle: its payload must suit all of them, and its reply may be that of any.
type SpokenInModes<Sets> = {
  readonly [K in KeyOfAny<Sets>]: {
    readonly payload: [PayloadsOf<HandlerOf<Sets, K>>] extends [never]
      ? undefined
      : Suiting<PayloadsOf<HandlerOf<Sets, K>>>;
    readonly reply: AnswerOf<HandlerOf<Sets, K>>;
  };
};

type KeyOfAny<Sets> = Sets extends unknown ? keyof Sets & string : never;
type HandlerOf<Sets, K extends string> = Sets extends Readonly<Record<K, infer Handler>> ? Handler : never;
type AnswerOf<Handler> = Handler extends (...parameters: never) => infer R ? Answered<Awaited<R>> : never;

// In a tuple, so that a union stays one payload. A handler that says nothing of its payload takes any.
type PayloadsOf<Handler> = Handler extends (...parameters: infer A) => unknown
  ? A['length'] extends 0 | 1
    ? never
    : [A[1]] extends [never]
      ? never
      : [A[1]]
  : never;

type Suiting<Payloads> = (Payloads extends readonly [infer P] ? (payload: P) => void : never) extends (
  payload: infer P,
) => void
  ? P
  : never;

// A handler that takes no payload has one parameter, the state.
type PayloadOf<A extends readonly unknown[]> = A['length'] extends 0 | 1 ? undefined : A[1];

/** The payload of a tell: left out where the handler takes none, or takes `undefined`. */
export type TellArguments<Payload> = undefined extends Payload ? [payload?: Payload] : [payload: Payload];

/** The payload of an ask, and its options behind. */
export type AskArguments<Payload, Options> = undefined extends Payload
  ? [payload?: Payload, options?: Options]
  : [payload: Payload, options?: Options];
