// For tests that need kernel objects, a /dev/shm or settings of the kernel of their own: a command in namespaces that are made for it.
import { spawnSync } from 'node:child_process';

/** How the command ended, and what it printed. */
export interface Ran {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

const REFUSED = 77;
const TIMEOUT_MS = 60_000;

/**
 * Runs `command` in new `namespaces` (as `unshare` takes them: '-Urm') after the shell script `prepare`. Undefined, and said why,
 * where this system allows no such namespaces, or not what `prepare` does in them.
 */
export function runInNamespace(
  namespaces: string,
  prepare: string,
  command: readonly string[],
  {
    environment = process.env,
    cwd,
  }: { readonly environment?: NodeJS.ProcessEnv; readonly cwd?: string } = {},
): Ran | undefined {
  const script = `{ ${prepare}; } || exit ${REFUSED}; exec "$0" "$@"`;
  const options = {
    encoding: 'utf8',
    timeout: TIMEOUT_MS,
    killSignal: 'SIGKILL',
    env: environment,
    cwd,
  } as const;
  const tried = spawnSync('unshare', [namespaces, 'true'], options);
  const ran =
    tried.status === 0 ? spawnSync('unshare', [namespaces, 'sh', '-c', script, ...command], options) : tried;
  if (tried.status === 0 && ran.status !== REFUSED) return ran;
  console.warn(`not tried: this system allows no namespaces of one's own (${ran.stderr.trim()})`);
  return undefined;
}
