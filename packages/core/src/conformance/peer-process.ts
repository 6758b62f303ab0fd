// The program of a child in the suite: loads a transport as any child of Troupe does, then does what the lines on its
// standard input ask and answers each on its standard output. It ends with its input.
import { createInterface } from 'node:readline';
import { loadTransport } from '../transport/load-transport.ts';
import { PEER_METHODS } from './peer.ts';
import { PeerSession } from './peer-session.ts';

/** The one argument: JSON. */
export interface PeerProcessArguments {
  readonly node: string;
  readonly parent: string;
  /** The node's own, for what needs a name. */
  readonly directory: string;
  readonly module: string;
  readonly name: string;
  readonly options: Readonly<Record<string, unknown>>;
  /** Numbers of the descriptors this process has inherited for the transport. */
  readonly descriptors: readonly number[];
}

interface Request {
  readonly id: number;
  readonly method: string;
  readonly parameters: readonly unknown[];
}

/** The id of the one answer nobody asked for: the process is ready. */
const READY = 0;

type AnyMethod = (...parameters: readonly unknown[]) => Promise<unknown>;

void main(JSON.parse(process.argv[2] ?? '') as PeerProcessArguments);

async function main(given: PeerProcessArguments): Promise<void> {
  const transport = await loadTransport({ module: given.module, name: given.name }, given.options, []);
  if (given.descriptors.length > 0) transport.adoptParent(given.parent, given.descriptors);
  const session = new PeerSession(given.node, transport, given.directory);
  const lines = createInterface({ input: process.stdin });
  lines.on('line', (line) => void answer(session, JSON.parse(line) as Request));
  lines.on('close', () => process.exit());
  write({ id: READY, value: null });
}

async function answer(session: PeerSession, { id, method, parameters }: Request): Promise<void> {
  try {
    const known = PEER_METHODS.find((name) => name === method);
    if (known === undefined) throw new TypeError(`A peer has no method '${method}'.`);
    const value = await (session[known] as AnyMethod).call(session, ...parameters);
    write({ id, value: value ?? null });
  } catch (error) {
    const { code, message } = error as { readonly code?: string; readonly message: string };
    write({ id, error: { code: code ?? 'ERROR', message } });
  }
}

function write(line: unknown): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
