// Everything that is measured, in the order of the report.
import type { Measure } from './measure.ts';
import { actorMemory, spawn } from './measures/actors.ts';
import { askBusy, askFromSleep, localAsk } from './measures/ask.ts';
import { fourSenders, localTell, oneWay } from './measures/one-way.ts';
import { idleProcessor, processMemory, processStart } from './measures/processes.ts';

export const MEASURES: readonly Measure[] = [
  oneWay,
  askBusy,
  askFromSleep,
  fourSenders,
  localTell,
  localAsk,
  spawn,
  actorMemory,
  processStart,
  processMemory,
  idleProcessor,
];

export function measureNamed(name: string): Measure {
  const measure = MEASURES.find((candidate) => candidate.name === name);
  if (measure === undefined) throw new RangeError(`There is no measure '${name}'.`);
  return measure;
}
