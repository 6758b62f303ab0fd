// Ends the program in order when it is told to by a signal: every system of the process that asked for it is stopped, and then
// the process exits with the truth. A second signal ends it at once.
import { constants } from 'node:os';
import type { ShutdownReport } from './shutdown-report.ts';

/** A system that is to be stopped when a signal comes. */
export interface Stoppable {
  readonly signals: readonly NodeJS.Signals[];
  stop(reason: string): Promise<ShutdownReport>;
  /** The process is about to exit, and nothing is to be waited for. */
  hurry(): void;
}

// A process that is ended by a signal is said to exit with this and the signal's number.
const SIGNAL_EXIT = 128;

const systems = new Set<Stoppable>();
const heard = new Set<NodeJS.Signals>();
let isEnding = false;

/** Returns what ends that: the system is stopped. */
export function stopOnSignals(system: Stoppable): () => void {
  systems.add(system);
  for (const signal of system.signals) {
    if (!heard.has(signal)) process.on(signal, onSignal);
    heard.add(signal);
  }
  return () => {
    // While the process is being ended another signal must still be heard.
    if (isEnding) return;
    systems.delete(system);
    for (const signal of heard)
      if (![...systems].some(({ signals }) => signals.includes(signal))) {
        heard.delete(signal);
        process.off(signal, onSignal);
      }
  };
}

function onSignal(signal: NodeJS.Signals): void {
  if (isEnding) {
    for (const system of systems) system.hurry();
    process.exit(SIGNAL_EXIT + constants.signals[signal]);
  }
  isEnding = true;
  void end(signal);
}

async function end(signal: NodeJS.Signals): Promise<void> {
  const concerned = [...systems].filter(({ signals }) => signals.includes(signal));
  const reports = await Promise.all(concerned.map((system) => system.stop(signal)));
  process.exit(Math.max(...reports.map(({ exitCode }) => exitCode)));
}
