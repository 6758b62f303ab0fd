// What a parent tells the process it starts, before the two can talk: one environment variable, read once and removed.
import { dieWithParent } from '@troupe/posix';
import type { NodeId } from '../address.ts';
import type { LogLevel } from '../logger.ts';
import type { TransportSetting } from '../transport/load-transport.ts';
import type { OverflowPolicy } from '../overflow-policy.ts';

export const BOOTSTRAP_VARIABLE = 'TROUPE_BOOTSTRAP';

/** A transport that the child may use. */
export interface BootstrapTransport extends TransportSetting {
  /** Inherited descriptors for it, by number. */
  readonly descriptors: readonly number[];
}

/** Plain data, as JSON. */
export interface Bootstrap {
  readonly system: string;
  /** Directory of the system. */
  readonly directory: string;
  /** The incarnation that the child is to take. */
  readonly node: NodeId;
  readonly parent: { readonly node: NodeId; readonly pid: number };
  /** As in the parent, without those that did not work there. */
  readonly transports: readonly BootstrapTransport[];
  /** Modules from which transport packages are looked for. */
  readonly transportBases: readonly string[];
  readonly mailbox: {
    readonly capacity: number;
    readonly maxBytes: number;
    readonly overflow: OverflowPolicy;
    /** Left out: as long as it takes; JSON has no `undefined`. */
    readonly timeToLiveMs?: number | undefined;
  };
  readonly askTimeoutMs: number;
  readonly startTimeoutMs: number;
  readonly stopTimeoutMs: number;
  readonly shutdownTimeoutMs: number;
  /** Signals by which the program that started all is stopped in order: the child leaves them to it. */
  readonly stopSignals: readonly NodeJS.Signals[];
  readonly logLevel: LogLevel;
}

/** Has the kernel end this process with its parent, whatever either of them does. False when the parent is gone already. */
export function bindToParent(bootstrap: Bootstrap): boolean {
  return dieWithParent(bootstrap.parent.pid);
}

/** Takes the bootstrap out of the environment, so that no process started from here takes it for its own. */
export function takeBootstrap(): Bootstrap {
  const text = process.env[BOOTSTRAP_VARIABLE];
  delete process.env[BOOTSTRAP_VARIABLE];
  if (text === undefined)
    throw new TypeError(
      'this program is started by Troupe for an actor; it does nothing when started by hand',
    );
  return JSON.parse(text) as Bootstrap;
}

// Present while the module of an actor is imported into a process of its own: a module that creates a system would start
// the whole program again, in every child.
const IMPORTING = Symbol.for('troupe.importing-actor');
const shared = globalThis as { [IMPORTING]?: string };

/** Imports the module of an actor; while that lasts, `moduleBeingImported` tells which. */
export async function importActorModule(url: string): Promise<void> {
  shared[IMPORTING] = url;
  try {
    await import(url);
  } finally {
    delete shared[IMPORTING];
  }
}

export function moduleBeingImported(): string | undefined {
  return shared[IMPORTING];
}
