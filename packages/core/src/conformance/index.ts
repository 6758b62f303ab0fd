// What tests of transports import, as @troupe/core/conformance.
export { describeTransport } from './describe-transport.ts';
export type { Expectation, TestRunner, TransportSubject } from './subject.ts';
