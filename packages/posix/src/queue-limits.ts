// What the machine and the user may have of message queues, as the kernel tells it. Nothing here asks for one.
import { readKernelSetting, readResourceLimit } from './kernel-limits.ts';

/** Limits of POSIX queues. Infinity: there is none. */
export interface PosixQueueLimits {
  /** `fs.mqueue.msg_max`: most messages of one queue. */
  readonly messages: number;
  /** `fs.mqueue.msgsize_max`: most bytes of one message. */
  readonly messageBytes: number;
  /** `fs.mqueue.queues_max`: most queues of the system. */
  readonly queues: number;
  /** RLIMIT_MSGQUEUE of this process: most bytes that all queues of its user may want, as `posixQueueUserBytes` counts. */
  readonly userBytes: number;
}

/** Limits of System V queues. */
export interface SysvQueueLimits {
  /** `kernel.msgmax`: most bytes of one message. */
  readonly messageBytes: number;
  /** `kernel.msgmnb`: bytes that may wait in a queue made from now on. */
  readonly queueBytes: number;
  /** `kernel.msgmni`: most queues of the system. */
  readonly queues: number;
}

// The kernel's own, for where /proc does not show them.
const DEFAULT_MESSAGES = 10;
const DEFAULT_MESSAGE_BYTES = 8192;
const DEFAULT_QUEUES = 256;
const DEFAULT_SYSV_QUEUE_BYTES = 16_384;
const DEFAULT_SYSV_QUEUES = 32_000;

// struct msg_msg, and a node of the tree of priorities.
const KERNEL_BYTES_PER_MESSAGE = 48 + 48;

/** The limits of POSIX queues at this moment. */
export function readPosixQueueLimits(): PosixQueueLimits {
  return {
    messages: readKernelSetting('fs/mqueue/msg_max', DEFAULT_MESSAGES),
    messageBytes: readKernelSetting('fs/mqueue/msgsize_max', DEFAULT_MESSAGE_BYTES),
    queues: readKernelSetting('fs/mqueue/queues_max', DEFAULT_QUEUES),
    userBytes: readResourceLimit('Max msgqueue size').soft,
  };
}

/** The limits of System V queues at this moment. */
export function readSysvQueueLimits(): SysvQueueLimits {
  return {
    messageBytes: readKernelSetting('kernel/msgmax', DEFAULT_MESSAGE_BYTES),
    queueBytes: readKernelSetting('kernel/msgmnb', DEFAULT_SYSV_QUEUE_BYTES),
    queues: readKernelSetting('kernel/msgmni', DEFAULT_SYSV_QUEUES),
  };
}

/** What a POSIX queue counts for in its user's RLIMIT_MSGQUEUE, from when it is made, whether or not there is a message in it. */
export function posixQueueUserBytes(geometry: {
  readonly messages: number;
  readonly messageBytes: number;
}): number {
  return geometry.messages * (geometry.messageBytes + KERNEL_BYTES_PER_MESSAGE);
}
