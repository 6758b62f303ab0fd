// What the two transports of this package can be told, and the refusal of everything else.
import { bytes, didYouMean, TroupeError } from '@troupe/core/transport';
import type { Size } from '@troupe/core/transport';

/** What `transport: { name: 'posix-mq', ... }` and `transport: { name: 'sysv-mq', ... }` take beside the name. */
export interface MqTransportOptions {
  /**
   * Memory of a sending end: how much of a lane may wait until there is room in the queue. Bytes or a size such as `'256KiB'`,
   * from 128 KiB to 64 MiB. Default 1 MiB.
   */
  readonly stagingBytes?: Size;
}

const DEFAULT_STAGING_BYTES = 1024 * 1024;
const MIN_STAGING_BYTES = 128 * 1024;
const MAX_STAGING_BYTES = 64 * 1024 * 1024;

export function readStagingBytes(transport: string, options: Readonly<Record<string, unknown>>): number {
  for (const key of Object.keys(options)) {
    if (key === 'stagingBytes') continue;
    throw refuse(
      `The transport '${transport}' has no option '${key}'.${didYouMean(key, ['stagingBytes'])} It has: stagingBytes.`,
    );
  }
  const given = options['stagingBytes'];
  if (given === undefined) return DEFAULT_STAGING_BYTES;
  const stagingBytes = bytes(given);
  if (stagingBytes !== undefined && stagingBytes >= MIN_STAGING_BYTES && stagingBytes <= MAX_STAGING_BYTES) {
    return Math.floor(stagingBytes);
  }
  throw refuse(
    `The option stagingBytes of the transport '${transport}' must be a size from 128KiB to 64MiB, not ${JSON.stringify(given)}.`,
  );
}

function refuse(message: string): TroupeError {
  return new TroupeError('TROUPE_CONFIGURATION', message);
}
