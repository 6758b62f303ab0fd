// What a person sees while the work goes on: on a terminal a table that moves, else a line for every fifth.
import { createLogUpdate } from 'log-update';
import colors from 'picocolors';

export interface Display {
  /** The state of things; `details` is shown where it can be overwritten. */
  progress(what: string, share: number, details?: string): void;
  /** A line that stays. */
  note(line: string): void;
  /** Nothing moves any more; what moved last is gone. */
  clear(): void;
}

const BAR_WIDTH = 30;

export function createDisplay(stream: NodeJS.WriteStream): Display {
  return stream.isTTY ? movingDisplay(stream) : lineDisplay(stream);
}

function movingDisplay(stream: NodeJS.WriteStream): Display {
  const update = createLogUpdate(stream);
  return {
    progress(what, share, details) {
      const done = Math.round(share * BAR_WIDTH);
      const bar = colors.cyan('━'.repeat(done)) + colors.dim('━'.repeat(BAR_WIDTH - done));
      const table = details === undefined ? '' : `\n${details}\n`;
      update(`${table}\n ${bar} ${percent(share)}  ${what}`);
    },
    note: (line) => update.persist(line),
    clear() {
      update.clear();
      update.done();
    },
  };
}

function lineDisplay(stream: NodeJS.WriteStream): Display {
  let fifths = 0;
  return {
    progress(what, share) {
      const reached = Math.floor(share * 5);
      if (reached === fifths) return;
      fifths = reached;
      if (reached > 0) stream.write(` ${percent(share)}  ${what}\n`);
    },
    note: (line) => void stream.write(`${line}\n`),
    clear: () => undefined,
  };
}

function percent(share: number): string {
  return `${Math.floor(share * 100)} %`.padStart(5);
}
