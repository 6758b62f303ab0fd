// What a receiver says over the connection of a lane, a byte each, and how much it takes before it has said that it reads. All
// that a sender says there is that it waits for room, in bytes of any value.

/** The first byte of a connection: the sender is let in, and the lane is not read yet. */
export const WELCOME = 0;
/** The lane is read from now on. The first byte too, when that is so already. */
export const STARTED = 1;
/** There is room in the queue. */
export const ROOM = 2;

/** Bytes of messages that a sender may put into the queue before the lane is read: the receiver keeps them apart until then. */
export const EARLY_BYTES = 64 * 1024;
