// How many items of a stream may be granted at a time: the bound of what a peer can have this process keep for one stream.

export const MAX_WINDOW = 65_536;
