// The values that MessagePack has no form for, and how they travel all the same: in a structured frame an array that starts
// with null is no array, but null, a kind, and what the kind needs. No extension type is ever sent, so every one is refused.

/** First byte of a structured frame; MessagePack never uses it, so no other frame can start with it. */
export const STRUCTURED = 0xc1;

/** `...items`: an array that does start with null. */
export const ARRAY = 0;
/** `key, value, ...`: an object with keys that must not become properties unseen, or with very many. */
export const OBJECT = 1;
/** Nothing. */
export const MINUS_ZERO = 2;
/** `units`: UTF-16 of a string that UTF-8 or its decoder would change. */
export const TEXT = 3;
/** `digits`: hexadecimal, of an integer of more than 64 bits. */
export const BIG_INTEGER = 4;
/** `milliseconds`: NaN for an invalid date. */
export const DATE = 5;
/** `source, flags` */
export const REG_EXP = 6;
/** `key, value, ...` */
export const MAP = 7;
/** `...members` */
export const SET = 8;
/** `bytes` */
export const ARRAY_BUFFER = 9;
/** `bytes` */
export const DATA_VIEW = 10;
/** `index in TYPED_ARRAYS, bytes` */
export const TYPED_ARRAY = 11;
/** `primitive`: a Number, String, Boolean or BigInt object. */
export const BOXED = 12;
/** `class, name, message, stack or null, key, value, ...` */
export const ERROR = 13;
/** `node, actor, label` */
export const REF = 14;

/** Names by number; the number travels, so new ones go to the end. */
export const TYPED_ARRAYS = [
  'Int8Array',
  'Uint8Array',
  'Uint8ClampedArray',
  'Int16Array',
  'Uint16Array',
  'Int32Array',
  'Uint32Array',
  'Float32Array',
  'Float64Array',
  'BigInt64Array',
  'BigUint64Array',
  'Float16Array',
] as const;

const BYTE_ORDER_MARK = 0xfeff;
const UNDERSCORE = 0x5f;
const DIGIT_ZERO = 0x30;
const DIGIT_NINE = 0x39;

/** Whether UTF-8 brings `text` over unchanged: a lone surrogate has no form in it, and decoders eat a leading mark. */
export function isPlainText(text: string): boolean {
  return text.charCodeAt(0) !== BYTE_ORDER_MARK && (text as unknown as WellFormedness).isWellFormed();
}

/**
 * Whether `key` may become a property without a second look: not `__proto__`, and no index. An object with the one key
 * `1023` takes 12 KB, so a small frame full of them would take a hundred megabytes.
 */
export function isPlainKey(key: string): boolean {
  return isName(key) && isPlainText(key);
}

/** The same, where text may be any. */
export function isName(key: string): boolean {
  const first = key.charCodeAt(0);
  if (first >= DIGIT_ZERO && first <= DIGIT_NINE) return false;
  return first !== UNDERSCORE || key !== '__proto__';
}

// In Node since version 20, in the standard library's types since ES2024.
interface WellFormedness {
  isWellFormed(): boolean;
}
