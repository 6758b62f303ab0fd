// The reference transport passes the suite of every transport.
import { describe, expect, it } from '@jest/globals';
import { describeTransport } from '../../src/conformance/index.ts';
import { memoryTransport } from '../../src/transport/memory-transport.ts';

describeTransport(
  { describe, expect, it },
  {
    name: 'memory',
    create: memoryTransport,
    capabilities: {
      reach: 'process',
      maxFrameBytes: 65536,
      survivesSender: false,
      survivesReceiver: false,
      priority: false,
    },
  },
);
