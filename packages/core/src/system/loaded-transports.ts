// The transports that this node has loaded, each once. Which of them carries what is the matter of `Transports`.
import type { Transport } from '../transport/contract.ts';
import { nameOfTransport, type loadTransport, type TransportSetting } from '../transport/load-transport.ts';

export class LoadedTransports {
  readonly #named: readonly TransportSetting[];
  readonly #bases: readonly string[];
  readonly #load: typeof loadTransport;
  readonly #loading = new Map<string, Promise<Transport>>();

  /** `named`: those that were configured; `bases`: modules from which they are looked for. */
  constructor(named: readonly TransportSetting[], bases: readonly string[], load: typeof loadTransport) {
    this.#named = named;
    this.#bases = bases;
    this.#load = load;
  }

  /** The transport of that name, as it was configured; one that was not is as it is by default. */
  get(name: string): Promise<Transport> {
    let loading = this.#loading.get(name);
    if (loading === undefined) {
      const named = this.#named.find((setting) => nameOfTransport(setting) === name);
      loading = this.#load(named?.choice ?? name, named?.options ?? {}, this.#bases, named?.path);
      loading.catch(() => undefined);
      this.#loading.set(name, loading);
    }
    return loading;
  }

  async close(): Promise<void> {
    for (const loading of this.#loading.values())
      await loading.then(
        (transport) => transport.close(),
        () => undefined,
      );
  }
}
