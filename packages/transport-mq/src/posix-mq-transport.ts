// 'posix-mq': message queues with a name, between any two processes of one user.
import type { LetterboxTransport } from '@troupe/core/transport';
import { MqTransport } from './mq-transport.ts';
import { posixKind } from './posix-kind.ts';

/** Lanes between any processes of one user, through POSIX message queues. Options: `MqTransportOptions`. */
export function posixMqTransport(options: Readonly<Record<string, unknown>> = {}): LetterboxTransport {
  return new MqTransport(posixKind, options);
}
