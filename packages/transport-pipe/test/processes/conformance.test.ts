// What every transport promises, checked for the three of this package on real processes.
import { describe, expect, it } from '@jest/globals';
import { describeTransport } from '@troupe/core/conformance';
import { fifoTransport, pipeTransport, unixTransport } from '@troupe/transport-pipe';

const builtModule = new URL('../../dist/index.js', import.meta.url).href;
const durability = { survivesSender: true, survivesReceiver: false, priority: false } as const;
const runner = { describe, expect, it };

describeTransport(runner, {
  name: 'pipe',
  module: builtModule,
  create: pipeTransport,
  capabilities: { reach: 'family', maxFrameBytes: 65532, ...durability },
});
describeTransport(runner, {
  name: 'fifo',
  module: builtModule,
  create: fifoTransport,
  capabilities: { reach: 'host', maxFrameBytes: 4092, ...durability },
});
describeTransport(runner, {
  name: 'unix',
  module: builtModule,
  create: unixTransport,
  capabilities: { reach: 'host', maxFrameBytes: 65532, ...durability },
});
