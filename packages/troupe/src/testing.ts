// What tests of programs import, as troupe/testing: the test kit of core, and every local transport for tests on real processes.
import { registerTransports } from '@troupe/core';

registerTransports(import.meta.url);

export { createTestSystem } from '@troupe/core/testing';
export type {
  Fault,
  Faults,
  Probe,
  Received,
  TestSystem,
  TestSystemOptions,
  WaitOptions,
} from '@troupe/core/testing';
