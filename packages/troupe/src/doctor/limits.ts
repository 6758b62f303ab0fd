// The limits of this machine and process that transports meet, with their values. Nothing here asks for what they bound.
import {
  posixQueueUserBytes,
  readKernelSetting,
  readPosixQueueLimits,
  readResourceLimit,
  readSysvQueueLimits,
  UNIX_PATH_LIMIT,
} from '@troupe/posix';
import { statfsSync } from 'node:fs';

/** One limit. */
export interface LimitReading {
  /** As people know it, and look it up. */
  readonly name: string;
  /** Null: there is none, or it is not shown. */
  readonly value: number | null;
  readonly unit: 'bytes' | 'count';
  /** What it bounds. */
  readonly bounds: string;
}

// The first queue that posix-mq tries to make for a node: the first of its `GEOMETRIES`.
const NODE_QUEUE = { messages: 5, messageBytes: 8192 };
const SHARED_MEMORY = '/dev/shm';

/** All limits, those of every process first. `systemPathBytes`: of the path of the runtime directory. */
export function readLimits(systemPathBytes: number): readonly LimitReading[] {
  return [
    ...ofProcesses(),
    ...ofSockets(systemPathBytes),
    ...ofPipes(),
    ...ofSharedMemory(),
    ...ofPosixQueues(),
    ...ofSysvQueues(),
  ];
}

function ofProcesses(): readonly LimitReading[] {
  const files = readResourceLimit('Max open files');
  return [
    count('RLIMIT_NOFILE', files.soft, 'descriptors of a process; a lane takes one or two at each end'),
    count('RLIMIT_NOFILE (hard)', files.hard, 'how far `ulimit -n` can raise it'),
    count('fs.file-max', readKernelSetting('fs/file-max', Infinity), 'descriptors of the machine'),
    count('RLIMIT_NPROC', readResourceLimit('Max processes').soft, 'processes and threads of this user'),
    count(
      'RLIMIT_SIGPENDING',
      readResourceLimit('Max pending signals').soft,
      "signals that wait for a process; shm with wakeUp: 'signal'",
    ),
    bytes('memory', process.availableMemory(), 'what this process can still have; rings are reserved in it'),
    bytes(
      'RLIMIT_FSIZE',
      readResourceLimit('Max file size').soft,
      'the size of a file, and of a ring of shm',
    ),
  ];
}

function ofSockets(systemPathBytes: number): readonly LimitReading[] {
  const left = Math.max(0, UNIX_PATH_LIMIT - systemPathBytes);
  return [
    bytes('socket path', left, `of ${UNIX_PATH_LIMIT} bytes, what the runtime directory leaves`),
    bytes(
      'net.core.wmem_default',
      readKernelSetting('net/core/wmem_default', Infinity),
      'what the kernel takes of a lane of unix before its sender waits',
    ),
  ];
}

function ofPipes(): readonly LimitReading[] {
  const pages = readKernelSetting('fs/pipe-user-pages-soft', Infinity);
  return [
    bytes('fs.pipe-max-size', readKernelSetting('fs/pipe-max-size', Infinity), 'the size of a pipe or FIFO'),
    count(
      'fs.pipe-user-pages-soft',
      pages === 0 ? Infinity : pages,
      'pages in all pipes of a user, 16 a pipe; beyond it a new one holds less',
    ),
  ];
}

function ofSharedMemory(): readonly LimitReading[] {
  const room = roomIn(SHARED_MEMORY);
  return [
    bytes('/dev/shm', room.size, "rings of shm with segment: 'posix'"),
    bytes('/dev/shm (free)', room.free, 'what is left of it; a ring takes 4 MiB by default'),
    bytes('kernel.shmmax', readKernelSetting('kernel/shmmax', Infinity), "a ring with segment: 'sysv'"),
    count('kernel.shmmni', readKernelSetting('kernel/shmmni', Infinity), 'System V segments of the machine'),
    count(
      'kernel.shmall',
      readKernelSetting('kernel/shmall', Infinity),
      'pages in all System V segments of the machine',
    ),
    count(
      'kernel.sem',
      readKernelSetting('kernel/sem', Infinity),
      "semaphores of a set; shm with wakeUp: 'sysv-sem' takes sets of one",
    ),
  ];
}

function ofPosixQueues(): readonly LimitReading[] {
  const { messages, messageBytes, queues, userBytes } = readPosixQueueLimits();
  const nodeBytes = posixQueueUserBytes({
    messages: Math.min(NODE_QUEUE.messages, messages),
    messageBytes: Math.min(NODE_QUEUE.messageBytes, messageBytes),
  });
  return [
    count('fs.mqueue.msg_max', messages, 'messages in a POSIX queue'),
    bytes('fs.mqueue.msgsize_max', messageBytes, 'a message of a POSIX queue'),
    count('fs.mqueue.queues_max', queues, 'POSIX queues of the machine; a node has one'),
    bytes('RLIMIT_MSGQUEUE', userBytes, 'what all POSIX queues of this user may want'),
    count('nodes of posix-mq', Math.floor(userBytes / nodeBytes), 'how many have a full-sized queue in that'),
  ];
}

function ofSysvQueues(): readonly LimitReading[] {
  const { messageBytes, queueBytes, queues } = readSysvQueueLimits();
  return [
    bytes('kernel.msgmax', messageBytes, 'a message of a System V queue'),
    bytes('kernel.msgmnb', queueBytes, 'what may wait in a System V queue'),
    count('kernel.msgmni', queues, 'System V queues of the machine; a node has one'),
  ];
}

function roomIn(path: string): { readonly size: number; readonly free: number } {
  try {
    const { bsize, blocks, bavail } = statfsSync(path);
    return { size: bsize * blocks, free: bsize * bavail };
  } catch {
    return { size: 0, free: 0 };
  }
}

function bytes(name: string, value: number, bounds: string): LimitReading {
  return { name, value: finite(value), unit: 'bytes', bounds };
}

function count(name: string, value: number, bounds: string): LimitReading {
  return { name, value: finite(value), unit: 'count', bounds };
}

// JSON has no infinity; and the kernel writes 'no limit' as numbers too large to be meant.
function finite(value: number): number | null {
  return value < Number.MAX_SAFE_INTEGER ? value : null;
}
