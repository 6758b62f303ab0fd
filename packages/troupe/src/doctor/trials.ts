// Tries each transport for real, in a directory of its own: makes a lane, sends a frame through it, and closes it.
import { isTroupeError, loadTransport, openReceiver, openSender } from '@troupe/core/transport';
import type { Transport } from '@troupe/core/transport';
import { removeJournalledObjects } from '@troupe/posix';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What became of one transport, with one choice of its options. */
export interface Trial {
  /** As it is named in `transport`. */
  readonly transport: string;
  /** Beside the name; empty: what it does by default. */
  readonly options: Readonly<Record<string, string>>;
  readonly isUsable: boolean;
  /** Why it is not: the error's code, and its sentence with the way out. */
  readonly code?: string;
  readonly reason?: string;
}

const TIMEOUT_MS = 10_000;
const FRAME = Buffer.from('is there anybody?');

const SUBJECTS: readonly (readonly [transport: string, options: Readonly<Record<string, string>>])[] = [
  ['unix', {}],
  ['fifo', {}],
  ['pipe', {}],
  ['shm', {}],
  ...['posix', 'sysv'].map((segment) => ['shm', { segment }] as const),
  ...['fifo', 'signal', 'futex', 'posix-sem', 'sysv-sem', 'spin'].map(
    (wakeUp) => ['shm', { wakeUp }] as const,
  ),
  ['posix-mq', {}],
  ['sysv-mq', {}],
];

/** Tries all transports, one after the other. */
export async function tryTransports(): Promise<readonly Trial[]> {
  const trials: Trial[] = [];
  for (const [transport, options] of SUBJECTS) trials.push(await tryOne(transport, options));
  return trials;
}

async function tryOne(transport: string, options: Readonly<Record<string, string>>): Promise<Trial> {
  try {
    // That one cannot be loaded is a finding too.
    await makeTrial(await loadTransport(transport, options, [import.meta.url]));
    return { transport, options, isUsable: true };
  } catch (error) {
    const code = isTroupeError(error) ? error.code : (error as NodeJS.ErrnoException).code;
    const reason = error instanceof Error ? error.message : String(error);
    return { transport, options, isUsable: false, ...(code === undefined ? {} : { code }), reason };
  }
}

async function makeTrial(transport: Transport): Promise<void> {
  if (transport.capabilities.reach === 'family') {
    // What there is to a pipe happens before the child runs.
    transport.prepareChild('child').abandon();
    await transport.close();
    return;
  }
  const directory = mkdtempSync(join(tmpdir(), 'troupe-doctor-'));
  try {
    await sendThrough(transport, directory);
  } finally {
    removeJournalledObjects(directory);
    rmSync(directory, { recursive: true });
    await transport.close();
  }
}

async function sendThrough(transport: Transport, directory: string): Promise<void> {
  let arrive: (frame: string) => void = () => {};
  let end: (error: Error) => void = () => {};
  const arrived = new Promise<string>((resolve, reject) => {
    arrive = resolve;
    end = reject;
  });
  const reader = await openReceiver(transport, {
    peer: 'doctor',
    directory,
    lane: 'trial',
    onFrame: (memory, start, to) => arrive(memory.toString('utf8', start, to)),
    onEnd: (error) => end(error ?? new Error('The lane ended before its frame came.')),
  });
  try {
    const sender = { peer: 'doctor', directory, timeoutMs: TIMEOUT_MS, onEnd: (error: Error) => end(error) };
    const writer = await openSender(transport, reader.offer, sender);
    reader.start();
    writer.send(FRAME);
    const watchdog = setTimeout(
      () => end(new Error(`No frame came within ${TIMEOUT_MS / 1000} seconds.`)),
      TIMEOUT_MS,
    );
    try {
      await arrived;
    } finally {
      clearTimeout(watchdog);
      await writer.close();
    }
  } finally {
    // Whoever waits for it has been told by now.
    arrived.catch(() => {});
    await reader.close();
  }
}
