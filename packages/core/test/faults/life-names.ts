// What the process at the other end of a lane can live through; life.ts has what each is.

/** Those in which less happens stand first: there a step is passed for certain, in others two may race for it. */
export const LIVES = ['absent', 'drainer', 'sender', 'receiver'] as const;
export type Life = (typeof LIVES)[number];
