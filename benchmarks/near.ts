// The process of one contender in one cell, a program of its own so that contenders share no heap and no compiled code: makes
// the contender ready and measures on request of the process that started it.
import { allContenders } from './contenders.ts';
import type { Sample, Session } from './measure.ts';
import { measureNamed } from './measures.ts';
import { payloadOf, type PayloadSize } from './payload.ts';

/** The one argument: JSON. */
export interface NearArguments {
  readonly contender: string;
  readonly measure: string;
  /** Module with further contenders. */
  readonly module: string | undefined;
}

export type Request =
  | { readonly type: 'measure' | 'warm-up'; readonly size: PayloadSize; readonly durationMs: number }
  | { readonly type: 'close' };

export type Response =
  | { readonly type: 'opened' }
  | { readonly type: 'unavailable'; readonly reason: string }
  | { readonly type: 'warm' }
  | { readonly type: 'sample'; readonly sample: Sample }
  | { readonly type: 'failed'; readonly reason: string };

// What stands in the way of a contender on this machine, and says nothing about it.
const UNAVAILABLE = [
  'TROUPE_TRANSPORT_UNAVAILABLE',
  'TROUPE_CONFIGURATION',
  'TROUPE_LIMIT',
  'BENCHMARK_NOT_HERE',
];

const respond = (response: Response): void => {
  process.send?.(response);
};

async function main({ contender: name, measure, module }: NearArguments): Promise<void> {
  const contender = (await allContenders(module)).find((candidate) => candidate.name === name);
  const session = await (contender && measureNamed(measure).open(contender));
  if (session === undefined) throw new Error(`${name} offers nothing for ${measure}`);
  process.on('message', (request: Request) => {
    if (request.type === 'close') void session.close().then(() => process.disconnect(), fail);
    else if (request.type === 'warm-up')
      warmUp(session, request.size, request.durationMs).then(() => respond({ type: 'warm' }), fail);
    else
      session
        .measure(request.size, request.durationMs)
        .then((sample) => respond({ type: 'sample', sample }), fail);
  });
  process.on('disconnect', () => process.exit());
  respond({ type: 'opened' });
}

// Compiling takes processor time, which on a busy machine is not the time that passes, and enough calls to be thought worth it,
// which some that look for the next message while they wait spend that time without.
const WARM_UP_STEP_MS = 20;
const FEWEST_OPERATIONS = 3000;
const FEWEST_LARGE_OPERATIONS = 100;
const LARGE_PAYLOAD = 4096;
const LONGEST_WARM_UP = 4;

async function warmUp(session: Session, size: PayloadSize, durationMs: number): Promise<void> {
  const exercise = session.exercise ?? session.measure;
  const startedAt = performance.now();
  const usedMs = (): number => process.cpuUsage().user / 1000;
  const usedBefore = usedMs();
  const fewest = payloadOf(size).length > LARGE_PAYLOAD ? FEWEST_LARGE_OPERATIONS : FEWEST_OPERATIONS;
  let operations = 0;
  do {
    operations += (await exercise(size, Math.min(durationMs, WARM_UP_STEP_MS))).count;
  } while (
    (usedMs() - usedBefore < durationMs || operations < fewest) &&
    performance.now() - startedAt < durationMs * LONGEST_WARM_UP
  );
}

function fail(error: unknown): void {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (UNAVAILABLE.includes(code)) respond({ type: 'unavailable', reason: (error as Error).message });
  else
    respond({
      type: 'failed',
      reason: error instanceof Error ? (error.stack ?? error.message) : String(error),
    });
}

main(JSON.parse(process.argv[2] ?? '') as NearArguments).catch(fail);
