// A process that lives through everything an end of a lane does, and says on its standard output what it has done, a line
// each, before anything else can happen to it. What it waits for comes on its standard input.
import { hasLetterbox, openReceiver, openSender } from '@troupe/core/transport';
import type { FrameReader, FrameWriter, LaneOffer, TransportFactory } from '@troupe/core/transport';
import { writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { faultOf, LETTERS } from './frames.ts';
import type { Life } from './life-names.ts';
import { sendAll } from './sending.ts';

/** The one argument, as JSON. */
export interface LifeArguments {
  readonly life: Life | 'helper';
  /** URL of the built module of the transport. */
  readonly module: string;
  readonly name: string;
  readonly options: Readonly<Record<string, unknown>>;
  /** Of its node: for the names of its lanes, and the journal of what they have in the kernel. */
  readonly directory: string;
}

/** One thing it says. */
export interface Word {
  readonly offer?: LaneOffer;
  readonly sent?: number;
  readonly settled?: number;
  readonly full?: true;
  readonly closing?: true;
  readonly hung?: true;
  readonly received?: number;
  readonly fault?: string | undefined;
  readonly end?: string;
  readonly ready?: number;
  readonly exchanged?: number;
  readonly echoed?: number;
  readonly done?: true;
}

/** What it is told: a lane to open, or just that it may go on. */
export interface Line {
  readonly offer?: LaneOffer;
  /** For a helper: what to send, and how often. */
  readonly word?: string;
  readonly frames?: number;
}

const OPEN_TIMEOUT_MS = 20_000;
const COLLECT_MS = 100;
const given = JSON.parse(process.argv[2] ?? '') as LifeArguments;
const { transports } = (await import(given.module)) as {
  readonly transports: Readonly<Record<string, TransportFactory>>;
};
const transport = transports[given.name]?.(given.options);
if (transport === undefined) throw new TypeError(`There is no transport '${given.name}'.`);
const input = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

const lives: Readonly<Record<LifeArguments['life'], () => Promise<void>>> = {
  /** Opens the lane it is offered and sends. */
  async sender() {
    const writer = await open(await nextLine());
    const log = {
      sent: (sent: number) => say({ sent }),
      settled: (settled: number) => say({ settled }),
      full: () => say({ full: true }),
      closing: () => say({ closing: true }),
    };
    await sendAll(writer, log, true);
  },

  /** Receives until the sender closes. */
  async receiver() {
    const { reader, ended } = await receive('lane');
    await nextLine();
    reader.start();
    say({ end: await ended });
    await reader.close();
  },

  /** Receives what a sender left behind that is gone. */
  async drainer() {
    const { reader, ended } = await receive('lane');
    await nextLine();
    await reader.drain();
    say({ end: await ended });
    await reader.close();
  },

  /** Offers a lane on which nobody comes. */
  async absent() {
    const { reader } = await receive('lane');
    await reader.close();
  },

  /** Takes letters from a program that is no node, as many as are announced, and takes its letterbox down. */
  async letterbox() {
    if (transport === undefined || !hasLetterbox(transport)) throw new TypeError('There is no letterbox.');
    // Else nothing would keep the process alive: it is a node's other work that does.
    const alive = setInterval(() => {}, 1000);
    const check = checkFrames();
    let received = 0;
    let finish: () => void = () => {};
    const finished = new Promise<void>((resolve) => (finish = resolve));
    const box = await transport.openLetterbox({
      directory: given.directory,
      onLetter: (memory, start, end) => {
        // A letter begins with a brace, and what is behind it is a frame.
        check(memory.subarray(start + 1, end));
        received += 1;
        if (received === LETTERS) finish();
      },
      onGarbage: (what) => say({ received: received + 1, fault: what }),
      onWarning: (what) => say({ received: received + 1, fault: what }),
    });
    say({ hung: true });
    await finished;
    await box.close();
    say({ end: 'closed' });
    clearInterval(alive);
  },

  /** Exchanges frames with whoever asks, as often as it is asked. */
  async helper() {
    // Memory of lanes that have ended goes with the garbage; a process that does little makes none for long.
    setInterval(() => globalThis.gc?.(), COLLECT_MS).unref();
    for (let exchanged = 0; ; exchanged += 1) {
      say({ ready: exchanged });
      // On its own, so that nothing of it is held while the next line is waited for.
      say({ exchanged, ...(await exchangeFrames(await nextLine(), exchanged)) });
    }
  },
};

await lives[given.life]();
say({ done: true });
await transport.close();
process.exit();

async function exchangeFrames(line: Line, round: number): Promise<Word> {
  const writer = await open(line);
  let echoed = 0;
  const { reader, ended } = await receive(`back-${round}`, () => (echoed += 1));
  reader.start();
  for (let seq = 0; seq < (line.frames ?? 0); seq += 1) writer.send(Buffer.from(`${line.word ?? ''} ${seq}`));
  const end = await ended;
  await writer.close();
  await reader.close();
  return { echoed, end };
}

async function open({ offer }: Line): Promise<FrameWriter> {
  if (transport === undefined || offer === undefined) throw new TypeError('There is no lane to open.');
  const { directory } = given;
  return openSender(transport, offer, {
    peer: 'test',
    directory,
    timeoutMs: OPEN_TIMEOUT_MS,
    onEnd: () => {},
  });
}

async function receive(
  lane: string,
  onFrame: (frame: Buffer) => void = checkFrames(),
): Promise<{ readonly reader: FrameReader; readonly ended: Promise<string> }> {
  if (transport === undefined) throw new TypeError('There is no transport.');
  let end: (code: string) => void = () => {};
  const ended = new Promise<string>((resolve) => (end = resolve));
  const reader = await openReceiver(transport, {
    peer: 'test',
    directory: given.directory,
    lane,
    onFrame: (memory, start, to) => onFrame(memory.subarray(start, to)),
    onEnd: (error) => end((error as { readonly code?: string } | undefined)?.code ?? 'closed'),
  });
  say({ offer: reader.offer });
  return { reader, ended };
}

function checkFrames(): (frame: Buffer) => void {
  let received = 0;
  return (frame) => {
    say({ received: received + 1, fault: faultOf(frame, received) });
    received += 1;
  };
}

async function nextLine(): Promise<Line> {
  const line: IteratorResult<string, unknown> = await input.next();
  // The test is gone.
  if (line.done === true) process.exit(1);
  return JSON.parse(line.value) as Line;
}

function say(word: Word): void {
  writeSync(1, `${JSON.stringify(word)}\n`);
}
