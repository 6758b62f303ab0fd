// For tests of transports: a directory for lanes, lanes opened within this process, and what came over them.
import { openReceiver, openSender } from '@troupe/core/transport';
import type { FrameReader, FrameWriter, Transport } from '@troupe/core/transport';
import { mkdtempSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const TIMEOUT_MS = 20_000;

export interface OpenLane {
  readonly reader: FrameReader;
  readonly writer: FrameWriter;
  /** What came, as latin1. */
  readonly frames: string[];
  /** How the reader was told of the end. */
  readonly ended: Promise<Error | undefined>;
  readonly senderEnded: Promise<Error>;
}

export interface OpenLaneOptions {
  /** Default 'lane'. */
  readonly lane?: string;
  /** Called besides. */
  readonly onFrame?: (frame: string) => void;
}

export function makeDirectory(): string {
  return mkdtempSync(join(tmpdir(), 'troupe-lanes-'));
}

/** What was left in it, if anything: a name, or the journal's entry of an object in the kernel. */
export function removeDirectory(directory: string): readonly string[] {
  const left = readdirSync(directory);
  rmSync(directory, { recursive: true });
  return left;
}

export function openLane(
  transport: Transport,
  directory: string,
  options: OpenLaneOptions = {},
): Promise<OpenLane> {
  return openLaneBetween(transport, transport, directory, options);
}

/** The same between two nodes that are set up in different ways. */
export async function openLaneBetween(
  receiving: Transport,
  sending: Transport,
  directory: string,
  { lane = 'lane', onFrame }: OpenLaneOptions = {},
): Promise<OpenLane> {
  const frames: string[] = [];
  let end: (error?: Error) => void = () => {};
  let lose: (error: Error) => void = () => {};
  const ended = new Promise<Error | undefined>((resolve) => (end = resolve));
  const senderEnded = new Promise<Error>((resolve) => (lose = resolve));
  const reader = await openReceiver(receiving, {
    peer: 'sender',
    directory,
    lane,
    onFrame: (memory, start, to) => {
      const frame = memory.toString('latin1', start, to);
      frames.push(frame);
      onFrame?.(frame);
    },
    onEnd: (error) => end(error),
  });
  const writer = await openSender(sending, reader.offer, {
    peer: 'receiver',
    directory,
    timeoutMs: TIMEOUT_MS,
    onEnd: (error) => lose(error),
  });
  return { reader, writer, frames, ended, senderEnded };
}

/** Opens and closes a lane, so that what a process opens once and keeps is open before it counts. */
export async function openAndClose(transport: Transport, directory: string): Promise<void> {
  const { reader, writer } = await openLane(transport, directory, { lane: 'warm' });
  reader.start();
  await writer.close();
  await reader.close();
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
