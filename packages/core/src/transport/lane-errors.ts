// What a lane says when something goes wrong, in one place so that every transport says it alike. Sentences only: who
// throws them, and when, is decided where the lane is.
import { TroupeError } from '../errors.ts';

/** Most bytes a frame may have on any lane: a payload of 64 MiB, and room for the longest header in front of it. */
export const MAX_FRAME_BYTES = 64 * 1024 * 1024 + 128 * 1024;

/** `lane` is what people should read: transport and name, such as `fifo lane 4f2a-1`. */
export function laneClosed(operation: string, lane: string): TroupeError {
  return new TroupeError(
    'TROUPE_LANE_CLOSED',
    `Cannot ${operation} on ${lane}: it was closed. Open a new lane to go on sending.`,
  );
}

export function frameTooLarge(bytes: number, lane: string): TroupeError {
  return new TroupeError(
    'TROUPE_FRAME_TOO_LARGE',
    `Cannot send a frame of ${bytes} bytes on ${lane}: the limit is ${MAX_FRAME_BYTES} bytes, a payload of 64 MiB. ` +
      'Send it in several messages, or put it in a file and send the path.',
    { details: { bytes, limitBytes: MAX_FRAME_BYTES } },
  );
}

/** TROUPE_PEER_LOST: the other end of a lane is gone without closing it. */
export function peerLost(lane: string, reason: string, cause?: unknown): TroupeError {
  return new TroupeError('TROUPE_PEER_LOST', `The peer of ${lane} is gone: ${reason}.`, { cause });
}

/** TROUPE_PROTOCOL_VIOLATION: what came over a lane is no frame. */
export function protocolViolation(lane: string, what: string): TroupeError {
  return new TroupeError(
    'TROUPE_PROTOCOL_VIOLATION',
    `Stopped reading ${lane}: ${what}. The peer runs another version, or something else writes there.`,
  );
}

/** TROUPE_ADDRESS_IN_USE: something stands where a lane was to be made. */
export function addressInUse(lane: string, address: string, cause?: unknown): TroupeError {
  return new TroupeError(
    'TROUPE_ADDRESS_IN_USE',
    `Cannot receive on ${lane}: ${address} is taken. Choose another lane name, or close its receiver first.`,
    { cause, details: { address } },
  );
}

/** TROUPE_NO_LISTENER: nobody receives on a lane that was offered. */
export function noListener(lane: string, address: string, cause?: unknown): TroupeError {
  return new TroupeError(
    'TROUPE_NO_LISTENER',
    `Cannot open ${lane} for sending: nobody receives at ${address}. The receiver has closed or died; ask it for a new offer.`,
    { cause, details: { address } },
  );
}
