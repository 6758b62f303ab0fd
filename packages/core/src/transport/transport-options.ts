// Reading what a transport was told: each option by itself, and the refusal of everything the transport does not have. The
// sentences are the same for all; which options there are, and their bounds, each transport says.
import { didYouMean } from '../did-you-mean.ts';
import { TroupeError } from '../errors.ts';
import { bytes } from '../units.ts';

/** Throws TROUPE_CONFIGURATION for the first option that is not among `known`. */
export function refuseUnknownOptions(
  transport: string,
  options: Readonly<Record<string, unknown>>,
  known: readonly string[],
): void {
  for (const key of Object.keys(options)) {
    if (known.includes(key)) continue;
    throw new TroupeError(
      'TROUPE_CONFIGURATION',
      `The transport '${transport}' has no option '${key}'.${didYouMean(key, known)} It has: ${known.join(', ')}.`,
    );
  }
}

/** TROUPE_CONFIGURATION: `given` is not what the option takes, told as in 'a size from 64KiB to 64MiB'; `hint` comes last. */
export function wrongOption(
  transport: string,
  option: string,
  takes: string,
  given: unknown,
  hint = '',
): TroupeError {
  return new TroupeError(
    'TROUPE_CONFIGURATION',
    `The option ${option} of the transport '${transport}' must be ${takes}, not ${JSON.stringify(given)}.${hint}`,
  );
}

const DEFAULT_STAGING_BYTES = 1024 * 1024;
const MOST_STAGING_BYTES = 64 * 1024 * 1024;

/** Reads the options of a transport that has none but `stagingBytes`: from `leastBytes`, whole KiB, to 64 MiB; default 1 MiB. */
export function readStagingBytes(
  transport: string,
  options: Readonly<Record<string, unknown>>,
  leastBytes: number,
): number {
  refuseUnknownOptions(transport, options, ['stagingBytes']);
  const given = options['stagingBytes'];
  if (given === undefined) return DEFAULT_STAGING_BYTES;
  const stagingBytes = bytes(given);
  if (stagingBytes !== undefined && stagingBytes >= leastBytes && stagingBytes <= MOST_STAGING_BYTES) {
    return Math.floor(stagingBytes);
  }
  throw wrongOption(transport, 'stagingBytes', `a size from ${leastBytes / 1024}KiB to 64MiB`, given);
}
