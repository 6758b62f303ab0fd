// Lets one process of this user at a time work on this copy of the workspace; the others wait. The lock is an abstract
// Unix socket, which the kernel frees when its holder ends in any way, so that there is no stale lock to judge.
import { createHash } from 'node:crypto';
import { connect, createServer } from 'node:net';
import { root } from './run.mjs';

/**
 * Runs `work` while no other process holds the lock.
 * @template T
 * @param {() => Promise<T>} work
 * @param {() => void} onWait called once when another process holds it
 * @returns {Promise<T>}
 */
export async function exclusively(work, onWait) {
  const key = createHash('sha256').update(root).digest('hex').slice(0, 32);
  const address = `\0troupe-workspace-${process.getuid?.()}-${key}`;
  for (let waited = false; ; waited = true) {
    const release = await claim(address);
    if (release !== undefined) {
      try {
        return await work();
      } finally {
        release();
      }
    }
    if (!waited) onWait();
    await releasedByItsHolder(address);
  }
}

/**
 * @param {string} address
 * @returns {Promise<(() => void) | undefined>} what frees the lock, or undefined when another process holds it
 */
function claim(address) {
  return new Promise((resolve, reject) => {
    /** @type {Set<import('node:net').Socket>} */
    const waiting = new Set();
    const server = createServer((socket) => {
      waiting.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => waiting.delete(socket));
      socket.unref();
    });
    server.on('error', (error) => {
      if ('code' in error && error.code === 'EADDRINUSE') resolve(undefined);
      else reject(error);
    });
    server.listen(address, () => {
      server.unref();
      resolve(() => {
        server.close();
        for (const socket of waiting) socket.destroy();
      });
    });
  });
}

/**
 * The holder never answers; the connection ends when it lets go or dies.
 * @param {string} address
 * @returns {Promise<void>}
 */
function releasedByItsHolder(address) {
  return new Promise((resolve) => {
    const socket = connect(address);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => resolve());
    socket.resume();
  });
}
