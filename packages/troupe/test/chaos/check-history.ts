// Judges a history after the fact, by the promises of docs/guarantees.md alone. It knows nothing of transports, of who was killed
// or of how the runtime works; what it finds is told in sentences, the first few of each kind.
import type { Answered, Born, Event, Got, Sent } from './history.ts';

const FEW = 3;

/** Codes an ask may end with when processes die and mailboxes are full. */
const EXCUSES = new Set([
  'TROUPE_ACTOR_STOPPED',
  'TROUPE_ASK_TIMEOUT',
  'TROUPE_MAILBOX_FULL',
  'TROUPE_PEER_LOST',
  'TROUPE_SYSTEM_STOPPED',
]);

/** What in the history breaks a promise; empty when nothing does. */
export function checkHistory(history: readonly Event[]): readonly string[] {
  const checks = [order, content, answers, ends, watches, accounts];
  return checks.flatMap((check) => {
    const problems = [...check(history)];
    const more = problems.length - FEW;
    return more > 0 ? [...problems.slice(0, FEW), `and ${String(more)} more of that kind`] : problems;
  });
}

/** Once at most; and from one sender to one actor, over all its incarnations, in the order of sending. */
function* order(history: readonly Event[]): Iterable<string> {
  const actors = new Map(of(history, 'born').map(({ incarnation, actor }) => [incarnation, actor]));
  const came = new Set<string>();
  const last = new Map<string, number>();
  for (const got of of(history, 'got')) {
    const { by, from, number } = got;
    if (came.has(key(got))) yield `message ${String(number)} of ${from} came twice, at last to ${by}`;
    came.add(key(got));
    const way = `${from} to ${actors.get(by) ?? by}`;
    const before = last.get(way) ?? -1;
    if (number < before) yield `${way}: message ${String(number)} came after ${String(before)}`;
    last.set(way, Math.max(number, before));
  }
}

/** Nothing comes that was not sent, to somebody else, or with another content. */
function* content(history: readonly Event[]): Iterable<string> {
  const names = new Map(of(history, 'born').map(({ incarnation, name }) => [incarnation, name]));
  const sent = new Map(sendings(history).map((event) => [key(event), event]));
  for (const got of of(history, 'got')) {
    const original = sent.get(key(got));
    const what = `message ${String(got.number)} of ${got.from} that ${got.by} got`;
    if (original === undefined) yield `${what} was never sent`;
    else if (original.to !== names.get(got.by)) yield `${what} was sent to ${original.to}`;
    else if (original.checksum !== got.checksum) yield `${what} has another content`;
  }
}

/** Every ask of those who lived to the end has ended, once; an answer is that of the question, and somebody was asked. */
function* answers(history: readonly Event[]): Iterable<string> {
  const got = new Set(of(history, 'got').map(key));
  const outcomes = new Map<string, Answered>();
  for (const outcome of of(history, 'answered')) {
    const ask = `ask ${String(outcome.number)} of ${outcome.from}`;
    if (outcomes.has(key(outcome))) yield `${ask} ended twice`;
    outcomes.set(key(outcome), outcome);
    if (outcome.code === undefined && outcome.answer !== outcome.number) yield `${ask} got another's answer`;
    if (outcome.code === undefined && !got.has(key(outcome))) yield `${ask} was answered by nobody`;
    if (outcome.code !== undefined && !EXCUSES.has(outcome.code)) yield `${ask} ended with ${outcome.code}`;
  }
  const rested = new Set(of(history, 'rested').map(({ incarnation }) => incarnation));
  for (const asked of sendings(history)) {
    if (asked.kind === 'asked' && rested.has(asked.from) && !outcomes.has(key(asked)))
      yield `ask ${String(asked.number)} of ${asked.from} never ended`;
  }
}

/** Who watched an actor and lived to the end was told of its end, if another has borne its name since. */
function* ends(history: readonly Event[]): Iterable<string> {
  const rested = new Set(of(history, 'rested').map(({ incarnation }) => incarnation));
  const names = new Map(of(history, 'born').map(({ actor, name }) => [actor, name]));
  const holders = new Map(of(history, 'born').map(({ actor, name }) => [name, actor]));
  const told = new Set(of(history, 'down').map(({ by, actor }) => `${by} ${actor}`));
  for (const { by, actor } of of(history, 'watched')) {
    const isOver = holders.get(names.get(actor) ?? '') !== actor;
    if (isOver && rested.has(by) && !told.has(`${by} ${actor}`))
      yield `${by} was never told of the end of ${actor}`;
  }
}

/** The end of an actor is told once for each watch; and, where its messages go the same way, nothing of it comes after. */
function* watches(history: readonly Event[]): Iterable<string> {
  const born = new Map(of(history, 'born').map((event) => [event.incarnation, event]));
  const open = new Map<string, number>();
  const told = new Set<string>();
  for (const event of history) {
    if (event.kind === 'watched' || event.kind === 'down') {
      const watch = `${event.by} of ${event.actor}`;
      const left = (open.get(watch) ?? 0) + (event.kind === 'watched' ? 1 : -1);
      if (left < 0) yield `${watch}: its end was told more often than asked for`;
      open.set(watch, left);
      if (event.kind === 'down') told.add(watch);
    } else if (event.kind === 'got') {
      const sender = born.get(event.from);
      if (sender === undefined || !haveOneWay(sender, born.get(event.by))) continue;
      if (told.has(`${event.by} of ${sender.actor}`))
        yield `${event.by} got message ${String(event.number)} of ${event.from} after it was told of its end`;
    }
  }
}

// Two that each run in a program's own event loop have one lane between them, for messages and for the news of an end.
function haveOneWay(one: Born, other: Born | undefined): boolean {
  return one.isLocal && other?.isLocal === true;
}

/** What a program sent has come to an end, and the sum is right. */
function* accounts(history: readonly Event[]): Iterable<string> {
  for (const { sent, delivered, dead, lost, waiting } of of(history, 'account')) {
    if (waiting !== 0 || sent !== delivered + dead + lost)
      yield `an account does not close: ${JSON.stringify({ sent, delivered, dead, lost, waiting })}`;
  }
}

function of<K extends Event['kind']>(
  history: readonly Event[],
  kind: K,
): readonly Extract<Event, { readonly kind: K }>[] {
  return history.filter((event): event is Extract<Event, { readonly kind: K }> => event.kind === kind);
}

function sendings(history: readonly Event[]): readonly (Sent & Event)[] {
  return history.filter((event): event is Sent & Event => event.kind === 'told' || event.kind === 'asked');
}

function key({ from, number }: Pick<Got, 'from' | 'number'>): string {
  return `${from} ${String(number)}`;
}
