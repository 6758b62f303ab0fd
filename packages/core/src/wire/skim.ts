// Looks a frame over before it is unpacked: exactly one value, no deeper and of no more parts than may be, no extension
// types, no keys that are not plain. What passes is built by msgpackr in time and memory that its length bounds.
import { MAX_VALUES } from './limits.ts';
import { protocolViolation } from './refusal.ts';

const PROTO = Buffer.from('__proto__');

// State of the frame that is looked at: parts left, by container, from the outermost inwards.
const MAX_SKIMMED_DEPTH = 128;
const partsLeft = new Float64Array(MAX_SKIMMED_DEPTH);
const isMap = new Uint8Array(MAX_SKIMMED_DEPTH);

/** Bytes of binary content in the value that fills `memory` from 0 to `end`. Throws TROUPE_PROTOCOL_VIOLATION. */
export function skim(memory: Buffer, end: number, maxDepth: number): number {
  let at = 0;
  let depth = 0;
  let left = 1;
  let inMap = false;
  let values = 0;
  let binaryBytes = 0;
  for (;;) {
    if (left === 0) {
      if (depth === 0) break;
      depth--;
      left = partsLeft[depth] as number;
      inMap = isMap[depth] === 1;
      continue;
    }
    if (at >= end) throw truncated(end);
    const token = memory[at++] as number;
    if (inMap && (left & 1) === 0) {
      left--;
      at = skimKey(memory, token, at, end);
      continue;
    }
    left--;
    if (token < 0x80 || token >= 0xe0) continue;
    let parts: number;
    let opensMap = false;
    if (token < 0x90) {
      parts = (token & 0x0f) * 2;
      opensMap = true;
    } else if (token < 0xa0) {
      parts = token & 0x0f;
    } else if (token < 0xc0) {
      at += token & 0x1f;
      continue;
    } else {
      switch (token) {
        case 0xc0: // nil
        case 0xc2: // false
        case 0xc3: // true
          continue;
        case 0xcc: // 8-bit integers
        case 0xd0:
          at += 1;
          continue;
        case 0xcd: // 16-bit integers
        case 0xd1:
          at += 2;
          continue;
        case 0xca: // 32-bit float, integers
        case 0xce:
        case 0xd2:
          at += 4;
          continue;
        case 0xcb: // 64-bit float, integers
        case 0xcf:
        case 0xd3:
          at += 8;
          continue;
        case 0xc4: {
          // bytes, 8-bit length
          const length = unsigned8(memory, at);
          binaryBytes += length;
          at += 1 + length;
          continue;
        }
        case 0xc5: {
          const length = unsigned16(memory, at);
          binaryBytes += length;
          at += 2 + length;
          continue;
        }
        case 0xc6: {
          const length = unsigned32(memory, at);
          binaryBytes += length;
          at += 4 + length;
          continue;
        }
        case 0xd9: // text, 8-bit length
          at += 1 + unsigned8(memory, at);
          continue;
        case 0xda:
          at += 2 + unsigned16(memory, at);
          continue;
        case 0xdb:
          at += 4 + unsigned32(memory, at);
          continue;
        case 0xd4: // the one extension there is: undefined
          if (memory[at] !== 0 || memory[at + 1] !== 0) throw unknown(token, at);
          at += 2;
          continue;
        case 0xdc: // array, 16-bit count
          parts = unsigned16(memory, at);
          at += 2;
          break;
        case 0xdd:
          parts = unsigned32(memory, at);
          at += 4;
          break;
        case 0xde: // map, 16-bit count
          parts = unsigned16(memory, at) * 2;
          opensMap = true;
          at += 2;
          break;
        default:
          throw unknown(token, at);
      }
    }
    values += parts;
    if (parts > end - at) throw truncated(end);
    if (values > MAX_VALUES * 2) throw protocolViolation(`it has more than ${String(MAX_VALUES)} values`);
    if (depth === maxDepth)
      throw protocolViolation(`it is deeper than ${String(maxDepth)} levels at byte ${String(at)}`);
    partsLeft[depth] = left;
    isMap[depth] = inMap ? 1 : 0;
    depth++;
    left = parts;
    inMap = opensMap;
  }
  if (at !== end) {
    throw at > end
      ? truncated(end)
      : protocolViolation(`${String(end - at)} bytes follow its end at byte ${String(at)}`);
  }
  return binaryBytes;
}

/** Where the key ends. Digits at its start would make it an index, see `isPlainKey`. */
function skimKey(memory: Buffer, token: number, at: number, end: number): number {
  let length: number;
  let start = at;
  if (token >= 0xa0 && token < 0xc0) {
    length = token & 0x1f;
  } else if (token === 0xd9) {
    length = unsigned8(memory, at);
    start += 1;
  } else if (token === 0xda) {
    length = unsigned16(memory, at);
    start += 2;
  } else if (token === 0xdb) {
    length = unsigned32(memory, at);
    start += 4;
  } else {
    throw protocolViolation(`a key at byte ${String(at)} is no text`);
  }
  const keyEnd = start + length;
  if (keyEnd > end) throw truncated(end);
  if (length === 0) return keyEnd;
  const first = memory[start] as number;
  if (first >= 0x30 && first <= 0x39) throw protocolViolation(`a key at byte ${String(at)} may be an index`);
  if (first === 0x5f && length === PROTO.length && memory.compare(PROTO, 0, length, start, keyEnd) === 0) {
    throw protocolViolation(`a key at byte ${String(at)} is __proto__`);
  }
  return keyEnd;
}

// Past the end of the memory there is undefined, which the operators take for 0: what is missing is noticed afterwards.

function unsigned8(memory: Buffer, at: number): number {
  return (memory[at] as number) | 0;
}

function unsigned16(memory: Buffer, at: number): number {
  return ((memory[at] as number) << 8) | (memory[at + 1] as number);
}

function unsigned32(memory: Buffer, at: number): number {
  return unsigned16(memory, at) * 0x10000 + unsigned16(memory, at + 2);
}

function truncated(end: number): Error {
  return protocolViolation(`it ends at byte ${String(end)} in the middle of a value`);
}

function unknown(token: number, at: number): Error {
  return protocolViolation(`byte ${String(at - 1)} is 0x${token.toString(16)}, which begins no value`);
}
