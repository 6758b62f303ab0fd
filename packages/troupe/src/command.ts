// The command `troupe`, run with the words and the streams of this process; bin/troupe.mjs imports it.
import { runCommand } from './command-line.ts';

const code = await runCommand(process.argv.slice(2), {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
});
// Not at once: what was printed to a pipe may still be on its way.
process.exitCode = code;
