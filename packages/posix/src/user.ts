// Who this process is to the kernel.

/** The effective user id: whose files this process makes, and what peers see of it. */
export function currentUid(): number {
  if (process.geteuid === undefined)
    throw new TypeError('This platform has no user ids; @troupe/posix needs Linux');
  return process.geteuid();
}
