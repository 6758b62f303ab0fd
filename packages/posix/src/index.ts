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
export { createFifo, openFifoForBoth, openFifoForReading, openFifoForWriting } from './fifo.ts';
export {
  UNIX_PATH_LIMIT,
  acceptUnix,
  connectUnix,
  listenUnix,
  peerCredentials,
  shutdownWrite,
  type PeerCredentials,
} from './unix-socket.ts';
export { UnixDoor, enterUnixDoor, type UnixDoorOptions } from './unix-door.ts';
export { inodeAt, removeName, removeOwnName } from './socket-name.ts';
export { readBefore } from './read-before.ts';
export {
  watchDescriptor,
  type DescriptorEvents,
  type DescriptorInterest,
  type DescriptorWatch,
} from './poll.ts';
export { lockFile } from './file-lock.ts';
export { dieWithParent, openProcess, signalProcess } from './process.ts';
export { keepFreedMemory } from './freed-memory.ts';
export { randomName } from './random-name.ts';
export { currentUid } from './user.ts';
export { type CreatedSegment, type Segment } from './segment.ts';
export { createMemfdSegment, openMemfdSegment, type MemfdSegment } from './memfd-segment.ts';
export {
  createPosixSegment,
  openPosixSegment,
  unlinkPosixSegment,
  type PosixSegment,
} from './posix-segment.ts';
export {
  createSysvSegment,
  openSysvSegment,
  sysvSegmentsAreUsedUp,
  type SysvSegment,
} from './sysv-segment.ts';
export {
  DESCRIPTORS_PER_MESSAGE,
  receiveDescriptors,
  sendDescriptors,
  type ReceivedDescriptors,
} from './descriptor-passing.ts';
export {
  checkEventDescriptor,
  clearEventDescriptor,
  createEventDescriptor,
  ringEventDescriptor,
} from './event-descriptor.ts';
export {
  clearSignalDescriptor,
  createSignalBell,
  ringThread,
  type SignalBell,
  type ThreadRing,
} from './signal-descriptor.ts';
export { futexWait, futexWake, ringFutex } from './futex.ts';
export {
  POSIX_SEMAPHORE_BYTES,
  clearPosixSemaphore,
  initPosixSemaphore,
  ringPosixSemaphore,
  waitPosixSemaphore,
} from './posix-semaphore.ts';
export {
  checkSysvSemaphore,
  clearSysvSemaphore,
  createSysvSemaphore,
  removeSysvSemaphore,
  ringSysvSemaphore,
  waitSysvSemaphore,
} from './sysv-semaphore.ts';
export {
  createKeyedObject,
  createNamedObject,
  forgetKernelObject,
  journalledObjects,
  removeJournalledObjects,
  removeKernelObject,
  type KernelObject,
  type KeyedObjectKind,
  type NamedObjectKind,
} from './kernel-object-journal.ts';
export {
  createPosixQueue,
  describePosixQueue,
  openPosixQueue,
  receiveFromPosixQueue,
  sendToPosixQueue,
  unlinkPosixQueue,
  type PosixQueueDescription,
  type PosixQueueGeometry,
} from './posix-queue.ts';
export {
  SYSV_TYPE_BYTES,
  createSysvQueue,
  describeSysvQueue,
  receiveFromSysvQueue,
  removeSysvQueue,
  sendToSysvQueue,
  type SysvQueueDescription,
} from './sysv-queue.ts';
export {
  posixQueueUserBytes,
  readPosixQueueLimits,
  readSysvQueueLimits,
  type PosixQueueLimits,
  type SysvQueueLimits,
} from './queue-limits.ts';
export { readKernelSetting, readResourceLimit, type ResourceLimit } from './kernel-limits.ts';
export type { RingTarget } from './ring-target.ts';
export { watchRings, type RingWatch } from './waiter-thread.ts';
