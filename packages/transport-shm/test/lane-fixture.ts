// A directory for lanes, lanes opened within this process, and what came over them.
import { openReceiver, openSender } from '@troupe/core/transport';
import type { FrameReader, FrameWriter, Transport } from '@troupe/core/transport';
import { mkdtempSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface OpenLane {
  readonly reader: FrameReader;
  readonly writer: FrameWriter;
  readonly frames: string[];
  readonly ended: Promise<Error | undefined>;
  readonly senderEnded: Promise<Error>;
}

export function makeDirectory(): string {
  return mkdtempSync(join(tmpdir(), 'troupe-shm-'));
}

export function removeDirectory(directory: string): void {
  rmSync(directory, { recursive: true });
}

export async function openLane(
  transport: Transport,
  directory: string,
  onFrame: (frame: string) => void = () => {},
): Promise<OpenLane> {
  const frames: string[] = [];
  let end: (error?: Error) => void = () => {};
  let lose: (error: Error) => void = () => {};
  const ended = new Promise<Error | undefined>((resolve) => (end = resolve));
  const senderEnded = new Promise<Error>((resolve) => (lose = resolve));
  const reader = await openReceiver(transport, {
    peer: 'sender',
    directory,
    lane: 'lane',
    onFrame: (memory, start, to) => {
      const frame = memory.toString('latin1', start, to);
      frames.push(frame);
      onFrame(frame);
    },
    onEnd: (error) => end(error),
  });
  const writer = await openSender(transport, reader.offer, {
    peer: 'receiver',
    directory,
    timeoutMs: 500,
    onEnd: (error) => lose(error),
  });
  return { reader, writer, frames, ended, senderEnded };
}

/** What this process has open, by number and target. */
export function openDescriptors(): readonly string[] {
  const entries: string[] = [];
  for (const fd of readdirSync('/proc/self/fd')) {
    try {
      entries.push(`${fd} ${readlinkSync(`/proc/self/fd/${fd}`)}`);
    } catch {
      // The descriptor of the listing itself, closed by now.
    }
  }
  return entries.sort();
}
