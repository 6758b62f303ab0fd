// What a test leaves behind in the kernel and the file system: descriptors of this process, and names and objects of shared
// memory, semaphores and queues.
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const PATIENCE_MS = 20_000;
const LOOK_MS = 50;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Everything there is now, a line each. */
export function lookAround(): ReadonlySet<string> {
  return new Set([
    ...descriptors(),
    ...objects('shm'),
    ...objects('sem'),
    ...objects('msg'),
    ...namesIn('/dev/shm'),
    ...namesIn('/dev/mqueue'),
  ]);
}

/** What there is now and was not before. Memory is unmapped only when its views have been collected: it gets a while. */
export async function leftSince(before: ReadonlySet<string>): Promise<readonly string[]> {
  const left = (): string[] => [...lookAround()].filter((entry) => !before.has(entry));
  const deadlineMs = performance.now() + PATIENCE_MS;
  while (left().length > 0 && performance.now() < deadlineMs) {
    collectGarbage();
    await delay(LOOK_MS);
  }
  return left();
}

function descriptors(): readonly string[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      return [`descriptor ${fd}: ${readlinkSync(`/proc/self/fd/${fd}`)}`];
    } catch {
      // The one of the listing itself, closed by now.
      return [];
    }
  });
}

function objects(kind: string): readonly string[] {
  const [, ...lines] = readFileSync(`/proc/sysvipc/${kind}`, 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => `${kind} ${line.trim().split(/\s+/)[1] ?? ''}`);
}

function namesIn(directory: string): readonly string[] {
  // Queues are there where somebody has mounted their file system.
  if (!existsSync(directory)) return [];
  return readdirSync(directory).map((name) => `${directory}/${name}`);
}
