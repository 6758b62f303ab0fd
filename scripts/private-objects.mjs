// Programs that make objects of the kernel, side by side: each is given shared memory, semaphores and message queues of its own,
// so that none sees, counts or removes those of another.
import { runQuietly } from './run.mjs';

const OWN = ['--ipc', '--mount'];
const MOUNT =
  'mount -t tmpfs -o size=1g tmpfs /dev/shm && { mount -t mqueue mqueue /dev/mqueue 2>/dev/null || true; }';

/** Whether this user may have objects apart from everybody else's: root outside most containers, and hardly anybody else. */
export async function canBePrivate() {
  const [command, ...args] = privately('true');
  return process.getuid?.() === 0 && (await runQuietly(command, args)).code === 0;
}

/**
 * The words that run `command` with objects of its own.
 * @param {string} command
 * @param {readonly string[]} args
 * @returns {[string, ...string[]]}
 */
export function privately(command, ...args) {
  return ['unshare', ...OWN, 'sh', '-c', `${MOUNT} && exec "$@"`, 'sh', command, ...args];
}
