// The near process of one contender, a program of its own so that contenders share no heap and no compiled code: opens the
// conversation and measures on request of the process that started it.
import { contenderNamed } from './contenders.ts';
import { Meter, type Sample } from './measure.ts';
import type { Cell } from './workload.ts';

export type Request =
  { readonly type: 'measure'; readonly cell: Cell; readonly durationMs: number } | { readonly type: 'close' };

export type Response =
  | { readonly type: 'opened' }
  | { readonly type: 'unavailable'; readonly reason: string }
  | { readonly type: 'sample'; readonly sample: Sample }
  | { readonly type: 'failed'; readonly reason: string };

const respond = (response: Response): void => {
  process.send?.(response);
};

async function main(): Promise<void> {
  const conversation = await contenderNamed(process.argv[2] ?? '').open();
  const meter = new Meter(conversation);
  process.on('message', (request: Request) => {
    if (request.type === 'close') void conversation.close().then(() => process.disconnect(), fail);
    else
      meter
        .measure(request.cell, request.durationMs)
        .then((sample) => respond({ type: 'sample', sample }), fail);
  });
  process.on('disconnect', () => process.exit());
  respond({ type: 'opened' });
}

function fail(error: unknown): void {
  const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const isMissing =
    error instanceof Error && 'code' in error && error.code === 'TROUPE_TRANSPORT_UNAVAILABLE';
  respond({ type: isMissing ? 'unavailable' : 'failed', reason: isMissing ? error.message : reason });
}

main().catch(fail);
