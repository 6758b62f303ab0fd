// The one error class of Troupe and the union of its codes. A code never changes its meaning; a message is free to.
// Programming mistakes that no caller should catch are bare TypeErrors instead.

/** Every code a `TroupeError` can carry; `docs/errors.md` has a heading for each. */
export const ERROR_CODES = [
  'TROUPE_ACTOR_STOPPED',
  'TROUPE_ADDRESS_IN_USE',
  'TROUPE_ASK_ABORTED',
  'TROUPE_ASK_TIMEOUT',
  'TROUPE_CONFIGURATION',
  'TROUPE_ESCALATED',
  'TROUPE_FRAME_TOO_LARGE',
  'TROUPE_LANE_CLOSED',
  'TROUPE_LIMIT',
  'TROUPE_MAILBOX_FULL',
  'TROUPE_MAILBOX_OVERFLOW',
  'TROUPE_MODULE_NOT_LOADED',
  'TROUPE_NAME_TAKEN',
  'TROUPE_NOT_SERIALIZABLE',
  'TROUPE_NO_HANDLER',
  'TROUPE_NO_LISTENER',
  'TROUPE_NO_PROCESS',
  'TROUPE_PEER_LOST',
  'TROUPE_PERMISSION',
  'TROUPE_PROTOCOL_VIOLATION',
  'TROUPE_RUNTIME_DIRECTORY',
  'TROUPE_START_FAILED',
  'TROUPE_START_TIMEOUT',
  'TROUPE_SYSTEM_STOPPED',
  'TROUPE_TEST_FAILED',
  'TROUPE_TRANSPORT_REACH',
  'TROUPE_TRANSPORT_UNAVAILABLE',
  'TROUPE_VERSION_MISMATCH',
] as const;

/** One of `ERROR_CODES`. */
export type ErrorCode = (typeof ERROR_CODES)[number];

// A symbol from the global registry: the ESM and the CommonJS build of this package are two class objects, one brand.
const BRAND = Symbol.for('troupe.error');

export interface TroupeErrorOptions {
  /** What led to this error, kept as the standard `cause`. */
  readonly cause?: unknown;
  /** Facts about the failure for programs: limits, names, sizes. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/** An expected failure with a stable `code`; the message names operation, subject, reason and way out. */
export class TroupeError extends Error {
  readonly code: ErrorCode;
  readonly details: Readonly<Record<string, unknown>>;

  static {
    // On the prototype, so that `name` is no own property of each error.
    Object.defineProperty(this.prototype, 'name', {
      value: 'TroupeError',
      configurable: true,
      writable: true,
    });
    Object.defineProperty(this.prototype, BRAND, { value: true });
  }

  constructor(code: ErrorCode, message: string, options: TroupeErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.details = options.details ?? {};
  }
}

/** Whether `value` is a `TroupeError` of any build of this package, and of `code` when one is given. */
export function isTroupeError(value: unknown, code?: ErrorCode): value is TroupeError {
  if (typeof value !== 'object' || value === null || !(BRAND in value)) return false;
  return code === undefined || (value as { readonly code?: unknown }).code === code;
}
