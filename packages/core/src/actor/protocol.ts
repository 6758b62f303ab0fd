// What an actor understands, as types: message names, payloads and replies, inferred from its handlers. No code but for one mark.

/** What `context.stash()` returns: no reply to anybody, and no part of what the compiler knows of replies. */
export interface Stashed {
  readonly '~stashed': true;
}

/** The one value of that type. */
export const STASHED: Stashed = Object.freeze({ '~stashed': true });

/** Message types with their payloads and replies. */
export type Protocol = Readonly<Record<string, { readonly payload: unknown; readonly reply: unknown }>>;

/** The protocol that a set of handlers speaks. */
export type ProtocolOf<H> = {
  readonly [K in keyof H & string]: H[K] extends (...parameters: infer A) => infer R
    ? { readonly payload: PayloadOf<A>; readonly reply: Exclude<Awaited<R>, Stashed> }
    : never;
};

// A handler that takes no payload has one parameter, the state.
type PayloadOf<A extends readonly unknown[]> = A['length'] extends 0 | 1 ? undefined : A[1];

/** The payload of a tell: left out where the handler takes none, or takes `undefined`. */
export type TellArguments<Payload> = undefined extends Payload ? [payload?: Payload] : [payload: Payload];

/** The payload of an ask, and its options behind. */
export type AskArguments<Payload, Options> = undefined extends Payload
  ? [payload?: Payload, options?: Options]
  : [payload: Payload, options?: Options];
