// The order of measurements: every contender of a cell in turn, then the next round. What the machine does meanwhile falls on
// all alike, and a ratio is between neighbours in time.
import type { Entrant } from './entrant.ts';
import type { Sample } from './measure.ts';
import type { Cell } from './workload.ts';

/** What each contender of a cell gave, round by round. */
export interface CellResult {
  readonly cell: Cell;
  readonly samples: Readonly<Record<string, readonly Sample[]>>;
}

export interface Pace {
  readonly rounds: number;
  /** How long one measurement takes, and before the first round each contender's warm-up. */
  readonly measureMs: number;
  readonly warmUpMs: number;
}

export async function measureCell(cell: Cell, entrants: readonly Entrant[], pace: Pace): Promise<CellResult> {
  const samples: Record<string, Sample[]> = {};
  for (const entrant of entrants) {
    samples[entrant.contender.name] = [];
    await entrant.measure(cell, pace.warmUpMs);
  }
  for (let round = 0; round < pace.rounds; round += 1) {
    for (const entrant of rotated(entrants, round)) {
      samples[entrant.contender.name]?.push(await entrant.measure(cell, pace.measureMs));
    }
  }
  return { cell, samples };
}

/** Begins with another one each round, so that nobody always comes after the same. */
function rotated<Value>(values: readonly Value[], by: number): readonly Value[] {
  const start = by % values.length;
  return [...values.slice(start), ...values.slice(0, start)];
}
