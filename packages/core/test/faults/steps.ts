// The steps there are, from the sources, and those a life passes, from a trace of it. There is no list of steps.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const STEP = /\bstep\('([^']+)'\)/g;

/** Names of all steps in the sources below `directory`. Throws when one stands at two places. */
export function stepsIn(directory: string): readonly string[] {
  const names: string[] = [];
  for (const entry of readdirSync(directory, { recursive: true })) {
    const file = String(entry);
    if (!file.endsWith('.ts')) continue;
    const source = readFileSync(join(directory, file), 'utf8');
    for (const [, name = ''] of source.matchAll(STEP)) names.push(name);
  }
  const twice = names.filter((name, index) => names.indexOf(name) !== index);
  if (twice.length > 0) throw new Error(`Steps that stand at two places: ${twice.join(', ')}.`);
  return names;
}

/** How often each step was passed, from the file that `TROUPE_FAULT=trace=...` wrote. */
export function passesIn(trace: string): ReadonlyMap<string, number> {
  const passes = new Map<string, number>();
  for (const name of readFileSync(trace, 'utf8').split('\n')) {
    if (name !== '') passes.set(name, (passes.get(name) ?? 0) + 1);
  }
  return passes;
}
