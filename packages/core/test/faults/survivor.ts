// The other end of a lane from the one that dies: this process, which must get through whatever happens there, and afterwards
// exchanges messages with somebody new.
import { openReceiver, openSender } from '@troupe/core/transport';
import type { LaneOffer, Transport } from '@troupe/core/transport';
import { faultOf, makeFrame } from './frames.ts';
import type { LifeProcess } from './life-process.ts';
import { eventually } from '../eventually.ts';
import { sendAll } from './sending.ts';

const OPEN_TIMEOUT_MS = 20_000;
const DRAINED_FRAMES = 5;
const EXCHANGED_FRAMES = 3;
const GONE = ['TROUPE_PEER_LOST', 'TROUPE_NO_LISTENER'];

/** What this end has seen of a victim. */
export interface Meeting {
  /** Frames that came here. */
  received: number;
  /** Frames that were sent from here: taken, whether or not they arrive. */
  sent: number;
  /** How the lane ended here; undefined when there was none. */
  end: string | undefined;
  readonly faults: string[];
}

/** Receives from a victim that sends, to the end, whatever that is. */
export async function receiveFrom(
  victim: LifeProcess,
  transport: Transport,
  directory: string,
  lane: string,
): Promise<Meeting> {
  const meeting = newMeeting();
  const reader = await openReceiver(transport, {
    peer: 'victim',
    directory,
    lane,
    onFrame: (memory, start, end) => {
      const fault = faultOf(memory.subarray(start, end), meeting.received);
      if (fault !== undefined) meeting.faults.push(fault);
      meeting.received += 1;
    },
    onEnd: (error) => {
      if (meeting.end !== undefined) meeting.faults.push('the end came twice');
      meeting.end = codeOf(error);
    },
  });
  victim.say({ offer: reader.offer });
  // Nothing is read before the lane is full, or nobody is left to fill it.
  if ((await victim.until('full')) === true) reader.start();
  await victim.over();
  await reader.drain();
  await reader.close();
  return meeting;
}

/** Sends to a victim that receives, until all is sent or the victim is gone. */
export async function sendTo(victim: LifeProcess, transport: Transport, directory: string): Promise<Meeting> {
  return meet(victim, transport, directory, async (writer, meeting) => {
    const log = {
      sent: (count: number) => (meeting.sent = count),
      settled: () => {},
      full: () => victim.say({}),
      closing: () => {},
    };
    await sendAll(writer, log, false);
  });
}

/** Sends a little to a victim that drains once this end has closed. */
export async function leaveFor(
  victim: LifeProcess,
  transport: Transport,
  directory: string,
): Promise<Meeting> {
  return meet(victim, transport, directory, async (writer, meeting) => {
    while (meeting.sent < DRAINED_FRAMES && writer.send(makeFrame(meeting.sent))) meeting.sent += 1;
    await writer.close();
    victim.say({});
  });
}

/** Lets a victim be that waits for nobody; knocks once it is gone, as the runtime does for what was offered. */
export async function stayAway(
  victim: LifeProcess,
  transport: Transport,
  directory: string,
): Promise<Meeting> {
  await victim.over();
  if (victim.find('done') === true) return newMeeting();
  return meet(victim, transport, directory, () => Promise.resolve());
}

type Writer = Awaited<ReturnType<typeof openSender>>;

async function meet(
  victim: LifeProcess,
  transport: Transport,
  directory: string,
  send: (writer: Writer, meeting: Meeting) => Promise<void>,
): Promise<Meeting> {
  const meeting = newMeeting();
  const offer = await victim.until('offer');
  if (offer !== undefined) {
    try {
      await sendOn(offer, transport, directory, meeting, send);
    } catch (error) {
      const code = codeOf(error);
      if (!GONE.includes(code)) throw error;
      meeting.end ??= code;
    }
  }
  await victim.over();
  return meeting;
}

async function sendOn(
  offer: LaneOffer,
  transport: Transport,
  directory: string,
  meeting: Meeting,
  send: (writer: Writer, meeting: Meeting) => Promise<void>,
): Promise<void> {
  const writer = await openSender(transport, offer, {
    peer: 'victim',
    directory,
    timeoutMs: OPEN_TIMEOUT_MS,
    onEnd: (error) => (meeting.end = codeOf(error)),
  });
  try {
    await send(writer, meeting);
  } finally {
    await writer.close();
  }
}

/** Exchanges new messages with `helper` over two new lanes; returns what went wrong. */
export async function exchange(
  helper: LifeProcess,
  transport: Transport,
  directory: string,
  round: number,
): Promise<readonly string[]> {
  await eventually('the helper is ready', () => helper.words.some(({ ready }) => ready === round));
  const word = `round ${round}`;
  const received: string[] = [];
  const reader = await openReceiver(transport, {
    peer: 'helper',
    directory,
    lane: `exchange-${round}`,
    onFrame: (memory, start, end) => received.push(memory.toString('latin1', start, end)),
    onEnd: () => {},
  });
  reader.start();
  const words = helper.words.length;
  helper.say({ offer: reader.offer, word, frames: EXCHANGED_FRAMES });
  const offerOf = () => helper.words.slice(words).find(({ offer }) => offer !== undefined)?.offer;
  await eventually('the helper offers its lane', () => offerOf() !== undefined);
  const writer = await openSender(transport, offerOf() ?? { transport: '' }, {
    peer: 'helper',
    directory,
    timeoutMs: OPEN_TIMEOUT_MS,
    onEnd: () => {},
  });
  const expected = Array.from({ length: EXCHANGED_FRAMES }, (_, seq) => `${word} ${seq}`);
  for (const frame of expected) writer.send(Buffer.from(frame));
  await writer.close();
  const answerOf = () => helper.words.find(({ exchanged }) => exchanged === round);
  await eventually('the helper has answered', () => answerOf() !== undefined);
  await reader.drain();
  await reader.close();
  const { echoed, end } = answerOf() ?? {};
  const found = { received, echoed, end };
  const wanted = { received: expected, echoed: EXCHANGED_FRAMES, end: 'closed' };
  if (JSON.stringify(found) === JSON.stringify(wanted)) return [];
  return [`new messages: ${JSON.stringify(found)}`];
}

function newMeeting(): Meeting {
  return { received: 0, sent: 0, end: undefined, faults: [] };
}

function codeOf(error: unknown): string {
  if (error === undefined) return 'closed';
  return (error as { readonly code?: string }).code ?? (error as Error).message;
}
