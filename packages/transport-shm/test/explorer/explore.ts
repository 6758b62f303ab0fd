// Chooses among the steps of the machine: all of them in every state, all with a bounded number of preemptions, or one at
// random. States that were reached before are not explored again, for what can happen from them is the same; how many
// interleavings that stands for is counted along the way.
import { checkRest, firstState, keyOf, stepsFrom, take, Violation } from './machine.ts';
import type { Model, SideName, State, Step } from './machine.ts';

const UNKNOWN = -1n;

export interface Exploration {
  /** Distinct interleavings, from the first step to the last. */
  readonly schedules: bigint;
  readonly states: number;
  /** What went wrong, with the steps that led there; undefined when nothing did. */
  readonly failure: string | undefined;
}

/** Every interleaving; with `preemptions`, those in which a side that could go on is interrupted at most so often. */
export function exploreAll(model: Model, preemptions = Infinity): Exploration {
  // UNKNOWN while what follows a state is still being explored: to meet it again then is to run in a circle.
  const schedules = new Map<string, bigint>();
  const trace: Step[] = [];

  const explore = (state: State, running: SideName | undefined, left: number): bigint => {
    const key = left === Infinity ? keyOf(state) : `${keyOf(state)}${running ?? ''}${left}`;
    const known = schedules.get(key);
    if (known === UNKNOWN) throw new Violation('both sides run in a circle and get nowhere');
    if (known !== undefined) return known;
    schedules.set(key, UNKNOWN);
    const steps = stepsFrom(model, state);
    const canGoOn = steps.some(({ type, side }) => type === 'run' && side === running);
    let count = 0n;
    for (const step of steps) {
      const isSwitch = step.type === 'run' && step.side !== running;
      const cost = isSwitch && canGoOn ? 1 : 0;
      if (cost > left) continue;
      trace.push(step);
      count += explore(take(model, state, step), isSwitch ? step.side : running, left - cost);
      trace.pop();
    }
    if (steps.every(({ type }) => type === 'kill')) {
      checkRest(model, state);
      count += 1n;
    }
    schedules.set(key, count);
    return count;
  };

  try {
    const count = explore(firstState(model), undefined, preemptions);
    return { schedules: count, states: schedules.size, failure: undefined };
  } catch (error) {
    return { schedules: 0n, states: schedules.size, failure: explain(error, trace) };
  }
}

/** `count` interleavings, drawn with `seed`: the same seed draws the same. */
export function exploreAtRandom(model: () => Model, seed: number, count: number): Exploration {
  let states = 0;
  const trace: Step[] = [];
  const random = randomFrom(seed);
  try {
    for (let schedule = 0; schedule < count; schedule += 1) {
      trace.length = 0;
      const fresh = model();
      let state = firstState(fresh);
      let running: SideName = 'writer';
      for (;;) {
        states += 1;
        const steps = stepsFrom(fresh, state);
        const step = draw(steps, running, random);
        if (step === undefined) break;
        trace.push(step);
        if (step.type === 'run') running = step.side;
        state = take(fresh, state, step);
      }
      checkRest(fresh, state);
    }
    return { schedules: BigInt(count), states, failure: undefined };
  } catch (error) {
    return { schedules: 0n, states, failure: explain(error, trace) };
  }
}

const STAY = 0.8;
const DIE = 0.002;

/** Mostly the side that runs goes on, so that long stretches of one side happen as well as quick changes. */
function draw(steps: readonly Step[], running: SideName, random: () => number): Step | undefined {
  const kills = steps.filter(({ type }) => type === 'kill');
  if (kills.length > 0 && random() < DIE) return kills[Math.floor(random() * kills.length)];
  const others = steps.filter(({ type }) => type !== 'kill');
  const same = others.find(({ type, side }) => type === 'run' && side === running);
  if (same !== undefined && random() < STAY) return same;
  return others[Math.floor(random() * others.length)];
}

/** A small generator of numbers from 0 to 1 (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b_79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}

function explain(error: unknown, trace: readonly Step[]): string {
  if (!(error instanceof Violation)) throw error;
  const steps = trace.map(({ type, side }) => (type === 'run' ? side[0] : `[${type} ${side}]`)).join('');
  return `${error.message} after ${steps}`;
}
