// What every transport promises, checked on real processes.
import { describe, expect, it } from '@jest/globals';
import { describeTransport } from '@troupe/core/conformance';
import { shmTransport } from '@troupe/transport-shm';

describeTransport(
  { describe, expect, it },
  {
    name: 'shm',
    module: new URL('../../dist/index.js', import.meta.url).href,
    create: shmTransport,
    capabilities: {
      reach: 'host',
      maxFrameBytes: 524_280,
      survivesSender: true,
      survivesReceiver: false,
      priority: false,
    },
  },
);
