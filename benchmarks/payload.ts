// What messages carry. All content repeats one text of 64 characters, so that a receiver can tell content that is wrong without
// being sent anything to compare with.

export const PAYLOADS = ['64 B', '1 KiB', '64 KiB', '1 MiB'] as const;
export type PayloadSize = (typeof PAYLOADS)[number];

/** Text of ASCII characters up to 1 KiB, bytes above. */
export type Payload = string | Uint8Array;

/** What a message says besides its type. */
export interface Item {
  readonly id: number;
  readonly payload: Payload;
}

const TEXT = 'The quick brown fox jumps over the lazy dog while ten owls look.';

const VALUES: Readonly<Record<PayloadSize, Payload>> = {
  '64 B': TEXT,
  '1 KiB': TEXT.repeat(16),
  '64 KiB': Buffer.alloc(64 * 1024, TEXT),
  '1 MiB': Buffer.alloc(1024 * 1024, TEXT),
};

export function payloadOf(size: PayloadSize): Payload {
  return VALUES[size];
}

/** Whether the payload is what was sent, by one unit of its last 64: another one for each id. */
export function isGenuine({ id, payload }: Item): boolean {
  const at = id % TEXT.length;
  const place = payload.length - TEXT.length + at;
  const unit = typeof payload === 'string' ? payload.charCodeAt(place) : payload[place];
  return unit === TEXT.charCodeAt(at);
}
