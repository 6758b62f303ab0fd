// The short header of most messages: recipient and type, which the lane has seen together before, by their number. Which number
// stands for whom is the concern of both its ends.
//
//   0      1        2
//   +------+--------+----------
//   | kind | number | payload                                    kind = ROUTED_TELL
//   +------+--------+-------------+-------------+---------
//   | kind | number | correlation | deadline    | payload        kind = ROUTED_ASK
//   +------+--------+-------------+-------------+---------
//     u8     u8       u32           u32                          and PROMPT_KIND added when it is to be reported at once

/** A TELL to a recipient and of a type that the lane knows by number. No other header begins with this or more. */
export const ROUTED_TELL = 12;
/** An ASK likewise. */
export const ROUTED_ASK = 13;
/** Added to the kind of a routed message: what the flag PROMPT says of others. */
export const PROMPT_KIND = 0x80;
/** How many numbers a lane has. */
export const ROUTES = 256;

/** Bytes before the payload of a routed TELL. */
export const ROUTED_TELL_BYTES = 2;
/** Bytes before the payload of a routed ASK. */
export const ROUTED_ASK_BYTES = 10;
const KIND_OFFSET = 0;
const NUMBER_OFFSET = 1;
const CORRELATION_OFFSET = 2;
const DEADLINE_OFFSET = 6;

/** Writes the header of a routed TELL at `offset` and returns where the payload starts. */
export function writeRoutedTell(memory: Buffer, offset: number, number: number, prompt: boolean): number {
  memory[offset + KIND_OFFSET] = prompt ? ROUTED_TELL | PROMPT_KIND : ROUTED_TELL;
  memory[offset + NUMBER_OFFSET] = number;
  return offset + ROUTED_TELL_BYTES;
}

/** Writes the header of a routed ASK at `offset` and returns where the payload starts. */
export function writeRoutedAsk(
  memory: Buffer,
  offset: number,
  number: number,
  prompt: boolean,
  correlation: number,
  deadline: number,
): number {
  memory[offset + KIND_OFFSET] = prompt ? ROUTED_ASK | PROMPT_KIND : ROUTED_ASK;
  memory[offset + NUMBER_OFFSET] = number;
  memory.writeUInt32LE(correlation, offset + CORRELATION_OFFSET);
  memory.writeInt32LE(deadline, offset + DEADLINE_OFFSET);
  return offset + ROUTED_ASK_BYTES;
}

/** The number in a routed header; of a frame of at least two bytes. */
export function routeNumber(memory: Buffer, start: number): number {
  return memory[start + NUMBER_OFFSET] ?? 0;
}

/** The correlation of a routed ASK, which is whole. */
export function routedCorrelation(memory: Buffer, start: number): number {
  return memory.readUInt32LE(start + CORRELATION_OFFSET);
}

/** When the asker of a routed ASK, which is whole, gives up. */
export function routedDeadline(memory: Buffer, start: number): number {
  return memory.readInt32LE(start + DEADLINE_OFFSET);
}
