// What the players of a chaos run write down, each process in a file of its own, a line an event, written before anything else
// happens: what a killed process did is there up to its last act. It is read when all is over.
import { closeSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';

const LONGEST_BIRTH = 1000;

/** One incarnation of a player; `actor` is what it was started as, the same after a restart by its supervisor. */
export interface Born {
  readonly kind: 'born';
  readonly incarnation: string;
  readonly name: string;
  readonly actor: string;
  readonly pid: number;
  /** Whether it runs in the event loop of its program. */
  readonly isLocal: boolean;
}

/** About to be told or asked; `number` grows with everything that this incarnation sends. */
export interface Sent {
  readonly kind: 'told' | 'asked';
  readonly from: string;
  readonly number: number;
  readonly to: string;
  readonly checksum: number;
}

/** A handler was called. */
export interface Got {
  readonly kind: 'got';
  readonly by: string;
  readonly from: string;
  readonly number: number;
  readonly checksum: number;
}

/** How an ask ended: with the number in the answer, or with the code of an error. */
export interface Answered {
  readonly kind: 'answered';
  readonly from: string;
  readonly number: number;
  readonly answer?: number;
  readonly code?: string;
}

/** `by` began to watch an actor. */
export interface Watched {
  readonly kind: 'watched';
  readonly by: string;
  readonly actor: string;
}

/** `by` was told that the actor ended. */
export interface Ended {
  readonly kind: 'down';
  readonly by: string;
  readonly actor: string;
  readonly reason: string;
}

/** The player sends nothing any more, and everything it asked has ended. */
export interface Rested {
  readonly kind: 'rested';
  readonly incarnation: string;
}

/** The account of a program that has come to rest. */
export interface Account {
  readonly kind: 'account';
  readonly sent: number;
  readonly delivered: number;
  readonly dead: number;
  readonly lost: number;
  readonly waiting: number;
}

/** An event as it stands in a file: `atNs` is the machine's monotonic clock, so that files can be put in order. */
export type Event = (Born | Sent | Got | Answered | Watched | Ended | Rested | Account) & {
  readonly atNs: number;
};

/** All events in the order of their time. A last line that was cut by a kill is no event. */
export function readHistory(directory: string): readonly Event[] {
  const events = readdirSync(directory).flatMap((file) => {
    const lines = readFileSync(join(directory, file), 'utf8').split('\n');
    return lines.slice(0, -1).map((line) => JSON.parse(line) as Event);
  });
  return inOrder(events);
}

/** How each process began: the birth of its first player, in the order of time. */
export function readBirths(directory: string): readonly Born[] {
  const events = readdirSync(directory).flatMap((file) => {
    const descriptor = openSync(join(directory, file), 'r');
    const beginning = Buffer.alloc(LONGEST_BIRTH);
    const bytes = readSync(descriptor, beginning);
    closeSync(descriptor);
    const [line = '', ...rest] = beginning.toString('utf8', 0, bytes).split('\n');
    return rest.length === 0 ? [] : [JSON.parse(line) as Born & Event];
  });
  return inOrder(events);
}

function inOrder<E extends Event>(events: readonly E[]): readonly E[] {
  return [...events].sort((one, other) => one.atNs - other.atNs);
}
