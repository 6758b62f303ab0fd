// 'sysv-mq': System V message queues, between any two processes of one user.
import type { LetterboxTransport } from '@troupe/core/transport';
import { MqTransport } from './mq-transport.ts';
import { sysvKind } from './sysv-kind.ts';

/** Lanes between any processes of one user, through System V message queues. Options: `MqTransportOptions`. */
export function sysvMqTransport(options: Readonly<Record<string, unknown>> = {}): LetterboxTransport {
  return new MqTransport(sysvKind, options);
}
