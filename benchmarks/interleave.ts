// The order of measurements: every contender of a cell in turn, then the next round. What the machine does meanwhile falls on
// all alike, and a ratio is between neighbours in time.
import type { Cell } from './cells.ts';
import type { Contender } from './contender.ts';
import { Entrant, Unavailable, type StartOptions } from './entrant.ts';
import type { Measure, Sample } from './measure.ts';

/** What each contender of a cell gave, round by round. */
export interface CellResult {
  readonly cell: Cell;
  readonly samples: Readonly<Record<string, readonly Sample[]>>;
}

export interface Pace {
  readonly rounds: number;
  /** How long one measurement takes. */
  readonly measureMs: number;
  /** Processor time of each contender before the first round. */
  readonly warmUpMs: number;
}

export interface CellPlan {
  readonly cell: Cell;
  readonly measure: Measure;
  readonly contenders: readonly Contender[];
}

interface Participant {
  readonly name: string;
  warmUp(): Promise<void>;
  measure(durationMs: number): Promise<Sample>;
  close(): Promise<void>;
}

// Of contenders that are measured at the same time: each may have many processes.
const GROUP = 4;

/** `onAbsent` is told of each contender that cannot take part here. */
export async function measureCell(
  { cell, measure, contenders }: CellPlan,
  pace: Pace,
  options: StartOptions,
  onAbsent: (contender: string, reason: string) => void,
): Promise<CellResult> {
  const samples: Record<string, Sample[]> = {};
  const groupSize = measure.isPassive === true ? GROUP : contenders.length;
  for (let first = 0; first < contenders.length; first += groupSize) {
    const group = contenders.slice(first, first + groupSize);
    const participants: Participant[] = [];
    try {
      await startAll(group, { cell, measure }, pace, options, participants, onAbsent);
      for (const { name } of participants) samples[name] = [];
      const keep = async (participant: Participant): Promise<void> =>
        void samples[participant.name]?.push(await participant.measure(pace.measureMs));
      for (let round = 0; round < pace.rounds; round += 1) {
        if (measure.isPassive === true) await Promise.all(participants.map(keep));
        else for (const participant of rotated(participants, round)) await keep(participant);
      }
    } finally {
      await Promise.all(participants.map((participant) => participant.close()));
    }
  }
  return { cell, samples };
}

/** Those that can take part are in `participants` afterwards, warm, also when this rejects. */
async function startAll(
  contenders: readonly Contender[],
  { cell, measure }: Pick<CellPlan, 'cell' | 'measure'>,
  { warmUpMs }: Pace,
  options: StartOptions,
  participants: Participant[],
  onAbsent: (contender: string, reason: string) => void,
): Promise<void> {
  const start = async (contender: Contender): Promise<Participant> => {
    const entrant = await Entrant.start(contender, measure, options);
    return {
      name: contender.name,
      warmUp: () => entrant.warmUp(cell.size, warmUpMs),
      measure: (durationMs) => entrant.measure(cell.size, Math.max(durationMs, measure.leastMs ?? 0)),
      close: () => entrant.close(),
    };
  };
  const lasting = contenders.filter(({ neverSleeps }) => neverSleeps !== true);
  const starts = await Promise.allSettled(lasting.map(start));
  for (const started of starts) if (started.status === 'fulfilled') participants.push(started.value);
  for (const [index, started] of starts.entries()) {
    if (started.status === 'fulfilled') continue;
    if (!(started.reason instanceof Unavailable)) throw started.reason;
    onAbsent(lasting[index]?.name ?? '', started.reason.message);
  }
  if (measure.isPassive !== true && measure.isCold !== true)
    for (const participant of participants) await participant.warmUp();
  for (const contender of contenders) {
    if (contender.neverSleeps !== true) continue;
    participants.push({
      name: contender.name,
      warmUp: () => Promise.resolve(),
      measure: (durationMs) => measureAlone(() => start(contender), durationMs),
      close: () => Promise.resolve(),
    });
  }
}

/** For what would take a processor from the others while they are measured. */
async function measureAlone(start: () => Promise<Participant>, durationMs: number): Promise<Sample> {
  const participant = await start();
  try {
    await participant.warmUp();
    return await participant.measure(durationMs);
  } finally {
    await participant.close();
  }
}

/** Begins with another one each round, so that nobody always comes after the same. */
function rotated<Value>(values: readonly Value[], by: number): readonly Value[] {
  const start = by % values.length;
  return [...values.slice(start), ...values.slice(0, start)];
}
