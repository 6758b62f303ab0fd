// The face of @troupe/posix. It re-exports and does nothing else.
export { SystemError, isSystemError, type SystemErrorOptions } from './system-error.ts';
export {
  closeDescriptor,
  describeDescriptor,
  duplicateDescriptor,
  readDescriptor,
  setCloseOnExec,
  setNonBlocking,
  waitDescriptor,
  writeDescriptor,
  type DescriptorDescription,
  type DescriptorKind,
} from './descriptor.ts';
export { makePipe, pipeCapacity, type PipeEnds } from './pipe.ts';
export { createFifo, openFifoForReading, openFifoForWriting } from './fifo.ts';
export {
  UNIX_PATH_LIMIT,
  acceptUnix,
  connectUnix,
  listenUnix,
  peerCredentials,
  shutdownWrite,
  type PeerCredentials,
} from './unix-socket.ts';
export {
  watchDescriptor,
  type DescriptorEvents,
  type DescriptorInterest,
  type DescriptorWatch,
} from './poll.ts';
export { lockFile } from './file-lock.ts';
export { dieWithParent, openProcess, signalProcess } from './process.ts';
export { currentUid } from './user.ts';
