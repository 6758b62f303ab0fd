// What a system can be started with, as people write it and as the runtime reads it. Where it comes from and how it is checked is
// `configuration.ts`.
import type { MailboxLimits, MailboxOptions } from '../actor/mailbox-limits.ts';
import type { Logger, LogLevel } from '../logger.ts';
import type { TransportSetting } from '../transport/load-transport.ts';
import type { Duration } from '../units.ts';
import type { LagSettings } from './actor-process.ts';

/** What a system is started with; each may also stand in a file or the environment. */
export interface SystemOptions {
  /** Name space of everything the system makes; the same in every program that is to join it. Letters, digits, `.`, `_`, `-`. */
  readonly name?: string;
  /**
   * Carries messages between processes: `'unix'` (default), `'fifo'`, `'pipe'`, `'shm'`, `'posix-mq'`, `'sysv-mq'`; or an object
   * with `name`, the options of the transport, and `module` when it is none of Troupe's. Of a list the first is used that works
   * here; each that is passed over is announced by a line in the log and the event `transportFallback`.
   */
  readonly transport?: string | TransportOptions | readonly (string | TransportOptions)[];
  /** Default: `$XDG_RUNTIME_DIR/troupe`, else a directory of this user under the temp directory. */
  readonly runtimeDirectory?: string;
  /** Bounds for actors that are spawned without their own, and for messages to actors of other programs. */
  readonly mailbox?: MailboxOptions;
  /** Default `'5s'`. */
  readonly askTimeout?: Duration;
  /** How long an actor may take to start, with its process if it gets one, and a peer to answer; default `'10s'`. */
  readonly startTimeout?: Duration;
  /** How long an actor may take to stop; default `'5s'`. */
  readonly stopTimeout?: Duration;
  /** How the system is stopped as a whole. */
  readonly shutdown?: {
    /** How long all of it may take; default `'10s'`, or twice `stopTimeout` when that is longer. */
    readonly timeout?: Duration;
    /**
     * The signals by which the program is stopped in order, with the exit code telling how that went; `true`: SIGTERM and SIGINT.
     * Processes started from here ignore them. Default `false`: signals do what they do without Troupe.
     */
    readonly signals?: boolean | readonly NodeJS.Signals[];
  };
  /** When a process that `processOf` was called for counts as lagging. */
  readonly lag?: {
    /** How often it is asked for a sign of life; default `'2s'`. */
    readonly every?: Duration;
    /** How late an answer may be; default `'500ms'`. */
    readonly after?: Duration;
  };
  /** How many processes are to be kept ready for actors with `in: 'process'`; default 0. */
  readonly warmProcesses?: number;
  /** Default `'warn'`. */
  readonly logLevel?: LogLevel;
  /** Default: standard error. */
  readonly logger?: Logger;
}

/** A transport by name, with its own options. */
export interface TransportOptions {
  readonly name: string;
  readonly module?: string;
  readonly [option: string]: unknown;
}

/** The configuration, resolved: every duration in milliseconds. */
export interface Settings {
  readonly name: string;
  /** At least one, the one that is liked best first. */
  readonly transports: readonly TransportSetting[];
  /** Whether somebody chose the transport; the default may be missing until it is needed. */
  readonly transportIsChosen: boolean;
  readonly runtimeDirectory: string | undefined;
  readonly mailbox: MailboxLimits;
  readonly askTimeoutMs: number;
  readonly startTimeoutMs: number;
  readonly stopTimeoutMs: number;
  readonly shutdownTimeoutMs: number;
  /** Signals that stop the system, and that the processes started from here ignore. */
  readonly stopSignals: readonly NodeJS.Signals[];
  readonly lag: LagSettings;
  readonly warmProcesses: number;
  readonly logLevel: LogLevel;
  readonly logger: Logger | undefined;
}
