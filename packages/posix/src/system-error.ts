// The one error this package throws: a call the kernel refused, or one refused here in the kernel's own words. Its code is
// the name of the errno; the sentence names the call, its subject and the reason.
import { getSystemErrorMap } from 'node:util';

// A symbol from the global registry: the ESM and the CommonJS build of this package are two class objects, one brand.
const BRAND = Symbol.for('troupe.system-error');

/** What a `SystemError` is made of. */
export interface SystemErrorOptions {
  /** Name of the errno: 'EPIPE'. */
  readonly code: string;
  /** The positive errno. */
  readonly errno: number;
  /** The C call: 'connect'. */
  readonly syscall: string;
  /** What the call was about, when it has a path. */
  readonly path?: string | undefined;
  /** What the call was about, as the sentence names it. Default: the path. */
  readonly subject?: string | undefined;
  /** Why, in words. Default: the kernel's text for the code. */
  readonly reason?: string | undefined;
}

/** A C call that failed. `code` is the errno's name, `errno` its positive number; `path` is there when the call had one. */
export class SystemError extends Error {
  readonly code: string;
  readonly errno: number;
  readonly syscall: string;
  declare readonly path?: string;

  static {
    Object.defineProperty(this.prototype, 'name', {
      value: 'SystemError',
      configurable: true,
      writable: true,
    });
    Object.defineProperty(this.prototype, BRAND, { value: true });
  }

  constructor(options: SystemErrorOptions) {
    const subject = options.subject ?? options.path;
    const reason = options.reason ?? describeErrno(options.errno);
    super(
      `${options.syscall}${subject === undefined ? '' : ` of ${subject}`} failed: ${reason} (${options.code})`,
    );
    this.code = options.code;
    this.errno = options.errno;
    this.syscall = options.syscall;
    if (options.path !== undefined) this.path = options.path;
  }
}

/** Whether `value` is a `SystemError` of any build of this package, and of `code` when one is given. */
export function isSystemError(value: unknown, code?: string): value is SystemError {
  if (typeof value !== 'object' || value === null || !(BRAND in value)) return false;
  return code === undefined || ('code' in value && value.code === code);
}

/** A `SystemError` in place of an error of `node:fs`; anything else is returned as it is. */
export function fromNodeError(
  error: unknown,
  subject: Pick<SystemErrorOptions, 'path' | 'subject'>,
): unknown {
  if (typeof error !== 'object' || error === null) return error;
  const { code, errno, syscall } = error as Partial<NodeJS.ErrnoException>;
  if (code === undefined || errno === undefined || syscall === undefined) return error;
  return new SystemError({ code, errno: Math.abs(errno), syscall, ...subject });
}

function describeErrno(errno: number): string {
  return getSystemErrorMap().get(-errno)?.[1] ?? 'the kernel refused';
}
