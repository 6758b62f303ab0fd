// Anonymous pipes: one direction, between a process and the children that inherit an end by number.
import { control } from './descriptor.ts';
import { lastError, libc } from './libc.ts';

const O_NONBLOCK = 0o4000;
const O_CLOEXEC = 0o2000000;
const F_GETPIPE_SZ = 1032;

/** The two descriptors of a pipe; whoever made it closes both. */
export interface PipeEnds {
  readonly readEnd: number;
  readonly writeEnd: number;
}

/** A pipe whose ends are non-blocking and closed on exec; a child gets one only where its `stdio` names it. */
export function makePipe(): PipeEnds {
  const ends = new Int32Array(2);
  if (libc.pipe2(ends, O_NONBLOCK | O_CLOEXEC) < 0) throw lastError('pipe2');
  const [readEnd = -1, writeEnd = -1] = ends;
  return { readEnd, writeEnd };
}

/** Bytes a pipe or FIFO holds: 65,536, or less for a user who has many. */
export function pipeCapacity(fd: number): number {
  return control(fd, F_GETPIPE_SZ, 0);
}
