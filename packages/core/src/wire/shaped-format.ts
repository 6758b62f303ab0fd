// The layout of shaped frames: what a lane carries in the common case. They are Troupe's own, not MessagePack. This file holds
// every token and limit, and no algorithm.
//
//   +--------+-----------------
//   | SHAPED | one value, to the end of the frame
//   +--------+-----------------
//
// A value begins with a token. Integers and doubles are little endian; a count or a length is u8 or u32 as the token says.
//
//   0x00 .. 0x7f                                    the integer 0 .. 127
//   0x80 .. 0xbf   length in the token | ASCII      text of up to 63 units
//   INTEGER_16     i16
//   INTEGER_32     i32
//   DOUBLE         f64                              every other number, -0 and NaN among them
//   ASCII_8, _32   length | ASCII
//   WIDE_8, _32    length in units | UTF-16         text with a unit above 0x7f, lone surrogates and all
//   BYTES_8, _32   length | bytes                   a Buffer
//   ARRAY_8, _32   count | values
//   OBJECT         u16 count | key, value ...       keys are text
//   DEFINE         u8 shape | u8 count | keys | values
//   SHAPE          u8 shape | values                an object with the keys of that shape, in their order
//
// A shape is a list of keys. The first object of it that a lane carries defines it and is one; shapes are numbered from 0 in
// the order in which they are defined. Later objects name the number and bring their values only. So the two ends of a
// lane are in step as long as each frame is read, once and in order.
//
// Keys are never `__proto__`, and never begin with a digit: see `isPlainKey`. What else a message may hold (errors, regular
// expressions, instances of classes, ...) travels in frames of the other kinds.

/** First byte of a shaped frame; MessagePack has an extension there, which no other frame begins with. */
export const SHAPED = 0xd8;

export const TEXT = 0x80;
export const LONGEST_TEXT = 0x3f;

export const NULL = 0xc0;
export const UNDEFINED = 0xc1;
export const FALSE = 0xc2;
export const TRUE = 0xc3;
export const INTEGER_16 = 0xc4;
export const INTEGER_32 = 0xc5;
export const DOUBLE = 0xc6;
export const ASCII_8 = 0xc7;
export const ASCII_32 = 0xc8;
export const WIDE_8 = 0xc9;
export const WIDE_32 = 0xca;
export const BYTES_8 = 0xcb;
export const BYTES_32 = 0xcc;
export const ARRAY_8 = 0xcd;
export const ARRAY_32 = 0xce;
export const OBJECT = 0xcf;
export const DEFINE = 0xd0;
export const SHAPE = 0xd1;
/** f64 milliseconds. */
export const DATE = 0xd2;
/** i64 */
export const BIG_INTEGER = 0xd3;
/** u32 count | key, value ... */
export const MAP = 0xd4;
/** u32 count | members */
export const SET = 0xd5;
/** u32 length in bytes | u8 index in TYPED_ARRAYS | bytes */
export const TYPED_ARRAY = 0xd6;
/** node, actor, label */
export const REF = 0xd7;

/** Shapes of one lane; numbers above are never given. */
export const MAX_SHAPES = 256;
/** Keys of one shape; objects with more carry their keys each time. */
export const MAX_SHAPE_KEYS = 64;
/** UTF-16 units of all keys of one shape. */
export const MAX_SHAPE_UNITS = 1024;
/** What may be written behind the limit of the room without a look: a token and a number, or the head of a container. */
export const SLACK_BYTES = 16;
