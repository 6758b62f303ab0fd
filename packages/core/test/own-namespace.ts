// For tests that need kernel objects, a /dev/shm or settings of the kernel of their own: a command in namespaces that are made
// for it.
import { spawnSync, type SpawnSyncReturns } from 'node:child_process';

/** How the command ended, and what it printed. */
export interface Ran {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

const REFUSED = 77;
const TIMEOUT_MS = 60_000;
// What unshare says where the kernel, or the container, lets nobody have namespaces.
const NOT_PERMITTED = /^unshare: .*(?:Operation not permitted|No space left on device)$/m;

/**
 * Runs `command` in new `namespaces` (as `unshare` takes them: '-Urm') after the shell script `prepare`. Undefined, and said why,
 * where this system permits no such namespaces, or lets users other than root not have them, or not do in them what `prepare` does.
 * Root can do all of it where there are namespaces at all: anything else that stands in its way is thrown.
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
  const options = { encoding: 'utf8', timeout: TIMEOUT_MS, killSignal: 'SIGKILL', cwd } as const;
  const tried = spawnSync('unshare', [namespaces, 'true'], {
    ...options,
    env: { ...process.env, LC_ALL: 'C' },
  });
  if (tried.status !== 0) {
    sayWhyNot(tried, NOT_PERMITTED.test(tried.stderr));
    return undefined;
  }
  const script = `{ ${prepare}; } || exit ${REFUSED}; exec "$0" "$@"`;
  const ran = spawnSync('unshare', [namespaces, 'sh', '-c', script, ...command], {
    ...options,
    env: environment,
  });
  if (ran.status !== REFUSED) return ran;
  sayWhyNot(ran, false);
  return undefined;
}

function sayWhyNot({ error, stderr }: SpawnSyncReturns<string>, mayBe: boolean): void {
  const reason = error?.message ?? stderr.trim();
  if (process.getuid?.() === 0 && !mayBe)
    throw new Error(`root should have namespaces of its own here: ${reason}`);
  console.warn(`not tried: this system allows no namespaces of one's own (${reason})`);
}
