// What the suite is given: a test runner, of which it knows three functions, and a transport under test, of which it knows
// the contract. Nothing here runs anything.
import type { Capabilities, Transport } from '../transport/contract.ts';

/** The three functions of jest, vitest, mocha with chai-jest, or node:test with expect that the suite uses. */
export interface TestRunner {
  readonly describe: (name: string, body: () => void) => void;
  readonly it: (name: string, body: () => Promise<void>) => void;
  readonly expect: (actual: unknown) => Expectation;
}

/** What the suite needs of a runner's `expect`. */
export interface Expectation {
  toBe(expected: unknown): void;
  toEqual(expected: unknown): void;
}

/** The transport under test, and how another process gets it. */
export interface TransportSubject {
  /** The name under which `module` exports the transport. */
  readonly name: string;
  /** A new transport, which shares nothing with those made before. */
  create(): Transport;
  /**
   * URL of the built module by which a child process loads the transport, as its export `transports`; not asked for when
   * the reach is `'process'`.
   */
  readonly module?: string;
  /** Options for the transport in the child, the same that `create` uses. Default: none. */
  readonly options?: Readonly<Record<string, unknown>>;
  /**
   * Removes the kernel objects that `directory`, that of a process which is proved dead, has entries of: what a system does
   * before it removes the directory. Default: nothing, for transports whose objects go by themselves.
   */
  readonly cleanUp?: (directory: string) => void;
  /** What the transport must declare. */
  readonly capabilities: Capabilities;
}
