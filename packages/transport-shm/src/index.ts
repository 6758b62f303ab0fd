// The face of @troupe/transport-shm: the ring in shared memory.
export {
  HEADER_BYTES,
  READER_SLEEPS_OFFSET,
  WRITER_WAITS_OFFSET,
  maxRingFrameBytes,
  ringBytes,
} from './ring-buffer-layout.ts';
export { RingReader, RingWriter, type RingOptions } from './ring-buffer.ts';
export { checkHeader, initialiseHeader, type RingIdentity } from './ring-header.ts';
export { MappedRingMemory, type RingMemory } from './ring-memory.ts';
