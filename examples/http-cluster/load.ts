// Visitors who never rest: each asks for page after page on one connection, and then on the next one.
// Who is cut off asks once more.
import { Agent, get } from 'node:http';

/** How it went so far. */
export interface Tally {
  /** Answers by the process that gave them. */
  readonly served: ReadonlyMap<number, number>;
  /** Requests whose connection ended before the answer. */
  readonly cut: number;
  /** Those of them that had no answer the second time either. */
  readonly failed: number;
}

// A connection stays with its worker: who never made another would never see the worker that takes the place of one that died.
const REQUESTS_A_CONNECTION = 20;

export class Load implements Tally {
  readonly served = new Map<number, number>();
  cut = 0;
  failed = 0;
  readonly #port: number;
  readonly #visitors: readonly Promise<void>[];
  #isOver = false;

  /** Begins at once. */
  constructor(port: number, visitors: number) {
    this.#port = port;
    this.#visitors = Array.from({ length: visitors }, (_, number) => this.#visit(`/page/${number}`));
  }

  /** Resolves when every visitor has the answer to its last request. */
  async stop(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#visitors);
  }

  async #visit(path: string): Promise<void> {
    while (!this.#isOver) {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      for (let request = 0; request < REQUESTS_A_CONNECTION && !this.#isOver; request += 1)
        try {
          this.#note(await this.#ask(path, agent));
        } catch {
          this.cut += 1;
          await this.#visitAgain(path);
        }
      agent.destroy();
    }
  }

  async #visitAgain(path: string): Promise<void> {
    try {
      this.#note(await this.#ask(path, false));
    } catch {
      this.failed += 1;
    }
  }

  #note(process: number): void {
    this.served.set(process, (this.served.get(process) ?? 0) + 1);
  }

  /** The process that answered. */
  #ask(path: string, agent: Agent | false): Promise<number> {
    return new Promise((resolve, reject) => {
      const request = get({ host: '127.0.0.1', port: this.#port, path, agent }, (response) => {
        let body = '';
        response.setEncoding('utf8');
        response.on('data', (text: string) => (body += text));
        response.on('error', reject);
        response.on('end', () => {
          if (response.statusCode === 200) resolve((JSON.parse(body) as { process: number }).process);
          else reject(new Error(`status ${response.statusCode}`));
        });
      });
      request.on('error', reject);
      request.setTimeout(10_000, () => request.destroy(new Error('no answer in 10 s')));
    });
  }
}
