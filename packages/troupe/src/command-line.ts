// The command `troupe`: what can be said to it, and what it prints.
import { parseArgs } from 'node:util';
import { examine } from './doctor/examination.ts';
import { formatExamination } from './doctor/report.ts';

const USAGE = `usage: troupe doctor [--json] [--clean]

  doctor    says what this machine offers and allows: each transport tried, the limits that
            lanes meet, and what dead processes have left in the runtime directory

  --json    the same as JSON
  --clean   removes what dead processes have left
  --help    prints this

Exits with 0 when every transport works, with 1 when one does not, with 2 when it was not understood.
`;

/** Where a command prints. */
export interface Output {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

/** Runs the command with `words` behind its name; the exit code. */
export async function runCommand(words: readonly string[], { out, err }: Output): Promise<number> {
  let given;
  try {
    given = parseArgs({
      args: [...words],
      allowPositionals: true,
      options: {
        json: { type: 'boolean' },
        clean: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    err(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    return 2;
  }
  const { values, positionals } = given;
  if (values.help === true) {
    out(USAGE);
    return 0;
  }
  if (positionals.length !== 1 || positionals[0] !== 'doctor') {
    err(USAGE);
    return 2;
  }
  const examination = await examine({ clean: values.clean === true });
  out(
    values.json === true ? `${JSON.stringify(examination, undefined, 2)}\n` : formatExamination(examination),
  );
  return examination.transports.every(({ isUsable }) => isUsable) ? 0 : 1;
}
