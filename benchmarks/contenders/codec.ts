// What could be had if carrying cost nothing: one process packs, another unpacks what it has packed itself beforehand, and no
// byte goes from one to the other.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Contender } from '../contender.ts';
import { packRate, type CodecName } from './codec-subject.ts';

export interface UnpackRequest {
  readonly size: Parameters<typeof packRate>[1];
  readonly durationMs: number;
}

export function codecContender(codec: CodecName): Contender {
  return {
    name: `codec of ${codec}`,
    description:
      codec === 'troupe'
        ? 'what Troupe packs and unpacks for a message, its header included, with no transport between: the slower side'
        : 'the records of msgpackr, as the Unix socket has them, with no transport between: the slower side',
    kind: codec === 'troupe' ? 'troupe' : 'reference',
    async codec() {
      const child = fork(fileURLToPath(new URL('./codec-far.js', import.meta.url)), [codec]);
      await once(child, 'message');
      return {
        async rates(size, durationMs) {
          child.send({ size, durationMs } satisfies UnpackRequest);
          const unpacked = once(child, 'message');
          const pack = packRate(codec, size, durationMs);
          const [unpack] = (await unpacked) as [number];
          return { pack, unpack };
        },
        async close() {
          const exited = once(child, 'exit');
          child.disconnect();
          await exited;
        },
      };
    },
  };
}
