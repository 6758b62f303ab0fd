// The process that unpacks for as long as it is told to.
import { unpackRate, type CodecName } from './codec-subject.ts';
import type { UnpackRequest } from './codec.ts';

const codec: CodecName = process.argv[2] === 'troupe' ? 'troupe' : 'msgpackr';

process.on('message', ({ size, durationMs }: UnpackRequest) =>
  process.send?.(unpackRate(codec, size, durationMs)),
);
process.send?.('ready');
