// A directory for lanes, lanes opened within this process, and what came over them.
import { openReceiver, openSender } from '@troupe/core/transport';
import type { FrameReader, FrameWriter, Transport } from '@troupe/core/transport';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
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
  return mkdtempSync(join(tmpdir(), 'troupe-pipe-'));
}

export function removeDirectory(directory: string): void {
  rmSync(directory, { recursive: true });
}

export async function openLane(transport: Transport, directory: string, lane = 'lane'): Promise<OpenLane> {
  const frames: string[] = [];
  let end: (error?: Error) => void = () => {};
  let lose: (error: Error) => void = () => {};
  const ended = new Promise<Error | undefined>((resolve) => (end = resolve));
  const senderEnded = new Promise<Error>((resolve) => (lose = resolve));
  const reader = await openReceiver(transport, {
    peer: 'sender',
    directory,
    lane,
    onFrame: (memory, start, to) => frames.push(memory.toString('latin1', start, to)),
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

/** How many descriptors this process has open. */
export function descriptorCount(): number {
  return readdirSync('/proc/self/fd').length;
}
