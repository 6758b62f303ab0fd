// Why an actor ended. A union of plain data that crosses processes; what to do about it is the supervisor's concern.

/** Why an actor ended. */
export type EndReason =
  /** It was asked to stop, or stopped itself. */
  | { readonly kind: 'normal' }
  /** A handler, `init` or the module threw; `error` has the stack of the process where it happened. */
  | { readonly kind: 'error'; readonly error: Error }
  /** Its process ended by itself. */
  | { readonly kind: 'exit'; readonly code: number }
  /** Its process was ended by a signal, `'SIGKILL'` and the like. */
  | { readonly kind: 'signal'; readonly name: string }
  /** Its process needed more memory for its heap than it was given. */
  | { readonly kind: 'memory'; readonly maxHeapBytes: number }
  /** Its process did not answer in time and was ended for that. */
  | { readonly kind: 'hung'; readonly afterMs: number }
  /** Its process is gone or was never there; nobody who could say why is left. */
  | { readonly kind: 'unreachable'; readonly message: string };

/** The end of an actor as it is told to those who watch it. */
export interface End {
  readonly reason: EndReason;
  /** Messages from the process that is told, under way to the actor and unaccounted for. */
  readonly lost: number;
  /** The node of the actor's own process: what it sent must be handled before its end is told. */
  readonly process?: string;
}

/** One sentence for logs and error messages. */
export function describeReason(reason: EndReason): string {
  switch (reason.kind) {
    case 'normal':
      return 'it stopped';
    case 'error':
      return `it failed with ${reason.error.name}: ${reason.error.message}`;
    case 'exit':
      return `its process exited with code ${String(reason.code)}`;
    case 'signal':
      return `its process was ended by ${reason.name}`;
    case 'memory':
      return `its process needed more than the ${String(reason.maxHeapBytes)} bytes of heap it was given`;
    case 'hung':
      return `its process did not answer within ${String(reason.afterMs)} ms`;
    case 'unreachable':
      return reason.message;
  }
}
