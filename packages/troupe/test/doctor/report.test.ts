// An examination as people read it.
import { expect, it } from '@jest/globals';
import type { Examination } from '../../src/doctor/examination.ts';
import { formatExamination } from '../../src/doctor/report.ts';

const QUEUE = 'posix-queue /troupe-0123';

const EXAMINATION: Examination = {
  machine: {
    node: 'v20.20.2',
    platform: 'linux',
    architecture: 'x64',
    kernel: '6.18.0',
    uid: 1000,
    user: '',
    processors: 4,
  },
  transports: [
    { transport: 'unix', options: {}, isUsable: true },
    {
      transport: 'shm',
      options: { segment: 'posix' },
      isUsable: false,
      code: 'TROUPE_LIMIT',
      reason: 'It is full.',
    },
    { transport: 'sysv-mq', options: {}, isUsable: false, reason: 'It is odd.' },
  ],
  limits: [
    { name: 'RLIMIT_NOFILE', value: 20_000, unit: 'count', bounds: 'descriptors' },
    { name: '/dev/shm', value: 1_610_612_736, unit: 'bytes', bounds: 'rings' },
    { name: 'kernel.msgmax', value: 1000, unit: 'bytes', bounds: 'a message' },
    { name: 'kernel.shmmax', value: null, unit: 'bytes', bounds: 'a ring' },
  ],
  runtimeDirectory: {
    path: '/run/user/1000/troupe',
    systems: [
      { name: 'alive', living: 1, dead: [] },
      {
        name: 'search',
        living: 2,
        dead: [
          { node: 'ab', objects: [QUEUE] },
          { node: 'cd', objects: [] },
        ],
      },
    ],
  },
  cleaned: 0,
};

it('has a line a finding, in columns', () => {
  expect(formatExamination(EXAMINATION).split('\n')).toEqual([
    '  node               v20.20.2 x64',
    '  kernel             linux 6.18.0',
    '  user               1000',
    '  processors         4',
    '  runtime directory  /run/user/1000/troupe',
    '',
    'Transports',
    "  'unix'                       works",
    "  'shm', segment: 'posix'      cannot be used (TROUPE_LIMIT)",
    '    It is full.',
    "  'sysv-mq'                    cannot be used",
    '    It is odd.',
    '',
    'Limits',
    '  RLIMIT_NOFILE  20,000      descriptors',
    '  /dev/shm       1.5 GiB     rings',
    '  kernel.msgmax  1000 bytes  a message',
    '  kernel.shmmax  unlimited   a ring',
    '',
    'Left behind',
    "  2 dead processes of the system 'search' with 1 object in the kernel",
    `    ${QUEUE}`,
    '  Cleaned up by the next process of the system, or by `troupe doctor --clean` now.',
    '  3 processes of 2 systems running',
    '',
  ]);
});

it('says that nothing is left behind, and what was cleaned up', () => {
  const runtimeDirectory = { path: '/run/troupe', systems: [] };
  const bare = formatExamination({ ...EXAMINATION, runtimeDirectory });
  expect(bare).toContain('Left behind\n  nothing\n  0 processes of 0 systems running\n');
  const cleaned = formatExamination({ ...EXAMINATION, runtimeDirectory, cleaned: 1 });
  expect(cleaned).toContain('Left behind\n  cleaned up behind 1 dead process\n  0 processes');
});
