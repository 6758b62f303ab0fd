// The suite itself: every promise of transport/contract.ts as one test under the same words.
import { describeDelivery } from './delivery.ts';
import { describeFailure } from './failure.ts';
import { describeLifecycle } from './lifecycle.ts';
import type { TestRunner, TransportSubject } from './subject.ts';

/**
 * Registers the tests that every transport passes, on real processes where the reach is more than one. They want up to a
 * minute each, and a directory for temporary files that takes sockets and FIFOs.
 */
export function describeTransport(runner: TestRunner, subject: TransportSubject): void {
  const { reach, maxFrameBytes } = subject.capabilities;
  runner.describe(
    `the transport '${subject.name}' (reach '${reach}', frames of ${maxFrameBytes} bytes)`,
    () => {
      runner.it('declares what it can do', async () => {
        runner.expect(subject.create().capabilities).toEqual(subject.capabilities);
      });
      describeDelivery(runner, subject);
      describeLifecycle(runner, subject);
      describeFailure(runner, subject);
    },
  );
}
