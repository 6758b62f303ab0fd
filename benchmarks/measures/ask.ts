// Round trips: an item goes to the far end and comes back whole, one at a time.
import { setTimeout as pause } from 'node:timers/promises';
import type { Conversation } from '../contender.ts';
import type { Measure, Sample, Session } from '../measure.ts';
import { payloadOf, type PayloadSize } from '../payload.ts';
import { ascending, quantile } from '../statistics.ts';

const FEWEST_ASKS = 10;
// Longer than anybody stays awake.
const PAUSE_MS = 2;

const asked = { unit: 'us, p50', better: 'lower' } as const;

export const askFromSleep: Measure = {
  ...asked,
  name: 'ask-from-sleep',
  title: 'Ask, from sleep',
  meaning: `a message is sent, handled elsewhere and sent back whole; ${PAUSE_MS} ms of rest before the next`,
  fits: ({ converse }) => converse !== undefined,
  open: (contender) => contender.converse?.().then((conversation) => askingSession(conversation, PAUSE_MS)),
};

export const askBusy: Measure = {
  ...asked,
  name: 'ask-busy',
  title: 'Ask, busy',
  meaning: 'a message is sent, handled elsewhere and sent back whole; the next follows at once',
  fits: ({ converse }) => converse !== undefined,
  open: (contender) => contender.converse?.().then((conversation) => askingSession(conversation, 0)),
};

export const localAsk: Measure = {
  ...asked,
  name: 'local-ask',
  title: 'Ask within one process',
  meaning: 'an actor of the same event loop answers; the next ask follows at once',
  fits: ({ stage }) => stage !== undefined,
  open: (contender) => contender.stage?.().then(({ conversation }) => askingSession(conversation, 0)),
};

function askingSession(conversation: Conversation, pauseMs: number): Session {
  return {
    measure: (size, durationMs) => askRepeatedly(conversation, size, durationMs, pauseMs),
    exercise: (size, durationMs) => askRepeatedly(conversation, size, durationMs, 0),
    close: () => conversation.close(),
  };
}

async function askRepeatedly(
  conversation: Conversation,
  size: PayloadSize,
  durationMs: number,
  pauseMs: number,
): Promise<Sample> {
  const payload = payloadOf(size);
  const times: number[] = [];
  const startedAt = performance.now();
  let now = startedAt;
  while (now - startedAt < durationMs || times.length < FEWEST_ASKS) {
    if (pauseMs > 0) await pause(pauseMs);
    const item = { id: times.length, payload };
    const sentAt = performance.now();
    const back = await conversation.echo(item);
    now = performance.now();
    times.push((now - sentAt) * 1000);
    if (back.id !== item.id || back.payload.length !== payload.length)
      throw new Error(`item ${item.id} came back as ${back.id}, ${back.payload.length} long`);
  }
  const sorted = ascending(times);
  return { value: quantile(sorted, 0.5), p99: quantile(sorted, 0.99), count: times.length };
}
