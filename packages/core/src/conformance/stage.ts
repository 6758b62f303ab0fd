// What one test of the suite stands on: a directory and a transport of its own, this process at one end, another process at
// the other, and afterwards the proof that nothing of it is left.
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LaneOffer } from '../transport/contract.ts';
import { ChildPeer } from './child-peer.ts';
import { PeerSession } from './peer-session.ts';
import type { Peer } from './peer.ts';
import type { TestRunner, TransportSubject } from './subject.ts';

const OPEN_TIMEOUT_MS = 2_000;
const ARROW = ' -> ';
const SETTLE_MS = 10;
const SETTLE_ATTEMPTS = 300;

/** Registers a test that runs on a stage of its own, which is checked for leaks afterwards. */
export function testOnStage(
  runner: TestRunner,
  subject: TransportSubject,
  name: string,
  body: (stage: Stage) => Promise<void>,
): void {
  runner.it(name, async () => {
    await warmUp(subject);
    const before = openDescriptors();
    const stage = new Stage(subject, before);
    let names: readonly string[] = [];
    try {
      await body(stage);
    } finally {
      await stage.leave();
      names = stage.names();
      rmSync(stage.directory, { recursive: true });
    }
    runner.expect([...names, ...(await openedSince(before))]).toEqual([]);
  });
}

export class Stage {
  readonly subject: TransportSubject;
  readonly directory = mkdtempSync(join(tmpdir(), 'troupe-lane-'));
  readonly here: PeerSession;
  readonly #known: ReadonlySet<string>;
  readonly #children: ChildPeer[] = [];
  readonly #grandchildren: number[] = [];
  readonly #sessions: PeerSession[] = [];

  /** `before` is what this process had open before the test. */
  constructor(subject: TransportSubject, before: ReadonlySet<string>) {
    this.subject = subject;
    this.#known = new Set([...before].map(targetOf));
    this.here = this.#startSession();
  }

  /** A process at the other end; for a transport that stays in one process, another node of this one. */
  async startPeer(): Promise<Peer> {
    if (this.subject.capabilities.reach !== 'process') return this.startChild();
    return this.#startSession();
  }

  async startChild(): Promise<ChildPeer> {
    const { node, directory } = this.#newNode();
    const child = await ChildPeer.start(this.subject, this.here.transport, this.here.node, node, directory);
    this.#children.push(child);
    return child;
  }

  /** Opens a lane; nothing is read before the receiver starts. */
  async open(sender: Peer, receiver: Peer, lane = 'lane-1'): Promise<LaneOffer> {
    const offer = await receiver.receive(sender.node, lane);
    await sender.openSender(receiver.node, offer, OPEN_TIMEOUT_MS);
    return offer;
  }

  /** What the grandchild has inherited of this test; not what this process itself was started with. */
  async startGrandchild(parent: Peer): Promise<readonly string[]> {
    const { pid, inherited } = await parent.startGrandchild();
    this.#grandchildren.push(pid);
    return inherited.filter((target) => !this.#known.has(target));
  }

  /** Names still in the directories of all nodes. */
  names(): readonly string[] {
    return readdirSync(this.directory).flatMap((node) => readdirSync(join(this.directory, node)));
  }

  /** Closes and kills all that is still there, after success and failure alike. */
  async leave(): Promise<void> {
    for (const pid of this.#grandchildren) process.kill(pid, 'SIGKILL');
    await Promise.all(this.#children.map((child) => child.kill()));
    for (const session of this.#sessions) await session.dispose();
  }

  #startSession(): PeerSession {
    const { node, directory } = this.#newNode();
    const session = new PeerSession(node, this.subject.create(), directory);
    this.#sessions.push(session);
    return session;
  }

  /** Every node has a directory of its own, as in a system. */
  #newNode(): { readonly node: string; readonly directory: string } {
    const node = randomBytes(16).toString('hex');
    const directory = join(this.directory, node);
    mkdirSync(directory, { mode: 0o700 });
    return { node, directory };
  }
}

/** What is open now and was not before. Descriptors of a child's standard streams close in a later turn of the loop. */
async function openedSince(before: ReadonlySet<string>): Promise<readonly string[]> {
  let opened: readonly string[] = [];
  for (let attempt = 0; attempt < SETTLE_ATTEMPTS; attempt += 1) {
    opened = [...openDescriptors()].filter((entry) => !before.has(entry));
    if (opened.length === 0) break;
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  }
  return opened;
}

let warmedUp = false;

/** What a process opens once and keeps must not look like the leak of the first test. */
async function warmUp(subject: TransportSubject): Promise<void> {
  if (warmedUp) return;
  warmedUp = true;
  const stage = new Stage(subject, openDescriptors());
  try {
    const peer = await stage.startPeer();
    await stage.open(peer, stage.here);
  } finally {
    await stage.leave();
    rmSync(stage.directory, { recursive: true });
  }
}

function openDescriptors(): ReadonlySet<string> {
  const entries = new Set<string>();
  for (const fd of readdirSync('/proc/self/fd')) {
    try {
      entries.add(`${fd}${ARROW}${readlinkSync(`/proc/self/fd/${fd}`)}`);
    } catch {
      // The descriptor of the listing itself, closed by now.
    }
  }
  return entries;
}

function targetOf(entry: string): string {
  return entry.slice(entry.indexOf(ARROW) + ARROW.length);
}
