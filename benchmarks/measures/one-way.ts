// Messages in one direction, as many as go: from one sender, from several, and between two actors of one process.
import type { CodecPair, Conversation, Gathering } from '../contender.ts';
import type { Measure, Session } from '../measure.ts';
import { flood } from '../flood.ts';
import { expectAll } from '../tally.ts';

const SENDERS = 4;

const told = { unit: 'messages/s', better: 'higher' } as const;

export const oneWay: Measure = {
  ...told,
  name: 'one-way',
  title: 'One way',
  meaning: 'messages are sent as fast as back-pressure allows, until the other process has handled the last',
  fits: ({ converse, codec }) => converse !== undefined || codec !== undefined,
  open({ converse, codec }) {
    if (codec !== undefined) return codec().then(codecSession);
    return converse?.().then(tellingSession);
  },
};

export const fourSenders: Measure = {
  ...told,
  name: 'four-senders',
  title: 'Four senders to one receiver',
  meaning: 'four processes send as fast as back-pressure allows, until a fifth has handled the last',
  fits: ({ gather }) => gather !== undefined,
  open: ({ gather }) => gather?.(SENDERS).then(gatheringSession),
};

export const localTell: Measure = {
  ...told,
  name: 'local-tell',
  title: 'Tell within one process',
  meaning: 'messages are sent to an actor of the same event loop, until it has handled the last',
  fits: ({ stage }) => stage !== undefined,
  open: (contender) => contender.stage?.().then(({ conversation }) => tellingSession(conversation)),
};

function tellingSession(conversation: Conversation): Session {
  return {
    async measure(size, durationMs) {
      const startedAt = performance.now();
      const count = await flood(conversation, size, durationMs);
      const handled = await conversation.handled();
      const elapsedMs = performance.now() - startedAt;
      expectAll(handled, size, [count]);
      return { value: (count * 1000) / elapsedMs, count };
    },
    close: () => conversation.close(),
  };
}

function gatheringSession(gathering: Gathering): Session {
  return {
    async measure(size, durationMs) {
      const startedAt = performance.now();
      const { counts, handled } = await gathering.gather(size, durationMs);
      const elapsedMs = performance.now() - startedAt;
      expectAll(handled, size, counts);
      return { value: (handled.count * 1000) / elapsedMs, count: handled.count };
    },
    close: () => gathering.close(),
  };
}

/** What a lane could carry at best: the slower of the two sides. */
function codecSession(pair: CodecPair): Session {
  return {
    async measure(size, durationMs) {
      const { pack, unpack } = await pair.rates(size, durationMs);
      const value = Math.min(pack, unpack);
      return { value, count: Math.ceil((value * durationMs) / 1000) };
    },
    close: () => pair.close(),
  };
}
