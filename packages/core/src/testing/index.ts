// What tests of programs import, as @troupe/core/testing.
export { createTestSystem } from './create-test-system.ts';
export type { TestSystemOptions } from './create-test-system.ts';
export type { Fault, Faults } from './faults.ts';
export type { Probe, Received, WaitOptions } from './probe.ts';
export type { TestSystem } from './test-system.ts';
