// What two nodes say to each other on the control plane, beside the lanes: who they are, which lanes they offer, and what
// is to be done with actors. Everything that comes in is checked against these shapes before anybody acts on it.
import * as v from 'valibot';
import { OVERFLOWS } from '../overflow-policy.ts';

/** Raised when a message changes its meaning; nodes of different protocols refuse each other. */
export const PROTOCOL_VERSION = 5;

const nodeId = v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/));
const actorNumber = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(0xffffffff));
const detail = v.union([v.string(), v.number()]);
const error = v.instance(Error);

const address = v.object({ node: nodeId, actor: actorNumber, label: v.string() });

const mailbox = v.object({
  capacity: v.number(),
  maxBytes: v.number(),
  overflow: v.picklist(OVERFLOWS),
  timeToLiveMs: v.union([v.number(), v.undefined()]),
});

const identity = { protocol: v.number(), system: v.string(), node: nodeId, pid: v.number() };

const message = v.variant('type', [
  v.object({ type: v.literal('hello'), ...identity }),
  v.object({ type: v.literal('welcome'), ...identity }),
  v.object({
    type: v.literal('refused'),
    reason: v.picklist(['version', 'system', 'duplicate']),
    message: v.string(),
  }),
  v.object({ type: v.literal('offer'), offer: v.objectWithRest({ transport: v.string() }, detail) }),
  v.object({ type: v.literal('decline'), error }),
  v.object({
    type: v.literal('spawn'),
    module: v.string(),
    index: v.number(),
    args: v.unknown(),
    actor: actorNumber,
    label: v.string(),
    mailbox,
  }),
  v.object({ type: v.literal('spawned'), actor: actorNumber }),
  v.object({
    type: v.literal('failed'),
    during: v.picklist(['start', 'restart', 'exception', 'rejection']),
    error,
  }),
  v.object({ type: v.literal('fault'), reason: v.unknown(), canResume: v.boolean() }),
  v.object({ type: v.literal('restart') }),
  v.object({ type: v.literal('restarted') }),
  v.object({ type: v.literal('resume') }),
  v.object({ type: v.literal('rest'), timeoutMs: v.number() }),
  v.object({ type: v.literal('rested') }),
  v.object({ type: v.literal('decided'), event: v.unknown() }),
  v.object({ type: v.literal('crashed'), crash: v.unknown() }),
  v.object({ type: v.literal('closing') }),
  v.object({ type: v.literal('closed'), report: v.unknown() }),
  v.object({ type: v.literal('end'), reason: v.unknown() }),
  v.object({ type: v.literal('ended'), reason: v.unknown() }),
  v.object({ type: v.literal('watch'), actor: actorNumber, watcher: actorNumber }),
  v.object({ type: v.literal('unwatch'), actor: actorNumber, watcher: actorNumber }),
  v.object({ type: v.literal('link'), actor: actorNumber, other: address, isLinked: v.boolean() }),
  v.object({ type: v.literal('linked'), other: address, isLinked: v.boolean() }),
  // Of `watcher`, unless it is 0, the answer is either the notice of the actor's end or, when it goes on living, `stopped`.
  v.object({
    type: v.literal('stop'),
    actor: actorNumber,
    watcher: actorNumber,
    timeoutMs: v.optional(v.number()),
  }),
  v.object({ type: v.literal('stopped'), actor: actorNumber, watcher: actorNumber }),
  // The mailbox of that actor is full, as the one counts who sends.
  v.object({ type: v.literal('overflow'), actor: actorNumber }),
  // A sign of life of the event loop, and the request for it.
  v.object({ type: v.literal('beat') }),
  v.object({ type: v.literal('beaten') }),
  v.object({ type: v.literal('leave') }),
]);

export type ControlMessage = v.InferOutput<typeof message>;
export type Identity = Pick<
  Extract<ControlMessage, { type: 'hello' }>,
  'protocol' | 'system' | 'node' | 'pid'
>;

/** The message that `value` is; undefined when it is none. */
export function parseControlMessage(value: unknown): ControlMessage | undefined {
  const result = v.safeParse(message, value);
  return result.success ? result.output : undefined;
}
