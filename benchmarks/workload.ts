// What is measured: two ways to talk, each with a small and a large payload. A cell is one of each; every contender is
// measured in every cell.
import type { Item } from './contender.ts';

export const PAYLOADS = ['64 B', '64 KiB'] as const;
export type PayloadSize = (typeof PAYLOADS)[number];

export const MEASURES = ['round-trip', 'one-way'] as const;
export type Measure = (typeof MEASURES)[number];

export interface Cell {
  readonly measure: Measure;
  readonly payload: PayloadSize;
}

export const CELLS: readonly Cell[] = MEASURES.flatMap((measure) =>
  PAYLOADS.map((payload) => ({ measure, payload })),
);

/** What cells and payloads mean, for the reader of the tables. */
export const MEANINGS: Readonly<Record<Measure | PayloadSize, string>> = {
  'round-trip': 'a message is sent, handled in another process and sent back whole, one at a time',
  'one-way':
    'messages are sent as fast as back-pressure allows, until the other process has handled the last',
  '64 B': '`{ type, id, payload }`, the payload a string of 64 characters',
  '64 KiB': 'the same with a Buffer of 65,536 bytes; JSON carries it as base64',
};

const TEXT = 'The quick brown fox jumps over the lazy dog while ten owls look.';
const BYTES = Buffer.alloc(64 * 1024, TEXT);

/** Item number `id`. */
export function itemFor(payload: PayloadSize, id: number): Item {
  return { id, payload: payload === '64 B' ? TEXT : BYTES };
}
