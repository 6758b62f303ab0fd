// What every transport promises, checked on real processes.
import { describe, expect, it } from '@jest/globals';
import { describeTransport } from '@troupe/core/conformance';
import { removeJournalledObjects } from '@troupe/posix';
import { posixMqTransport, sysvMqTransport } from '@troupe/transport-mq';

const builtModule = new URL('../../dist/index.js', import.meta.url).href;
const capabilities = {
  reach: 'host',
  maxFrameBytes: 65_532,
  survivesSender: true,
  survivesReceiver: false,
  priority: true,
} as const;
const cleanUp = (directory: string): void => {
  removeJournalledObjects(directory);
};

describeTransport(
  { describe, expect, it },
  { name: 'posix-mq', module: builtModule, create: posixMqTransport, capabilities, cleanUp },
);

describeTransport(
  { describe, expect, it },
  { name: 'sysv-mq', module: builtModule, create: sysvMqTransport, capabilities, cleanUp },
);
