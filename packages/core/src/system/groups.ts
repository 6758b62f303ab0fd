// The groups this process has looked at, each made once.
import type { Group } from '../actor/group.ts';
import type { Protocol } from '../actor/protocol.ts';
import { TroupeError } from '../errors.ts';
import { GroupView, type GroupHost } from './group-view.ts';

export class Groups {
  readonly #host: GroupHost;
  readonly #views = new Map<string, GroupView>();

  constructor(host: GroupHost) {
    this.#host = host;
  }

  get(name: string): Group<Protocol> {
    if (typeof name !== 'string')
      throw new TroupeError(
        'TROUPE_CONFIGURATION',
        `group: a name was expected, not ${JSON.stringify(name)}`,
      );
    let view = this.#views.get(name);
    if (view === undefined) {
      view = new GroupView(this.#host, name);
      this.#views.set(name, view);
    }
    return view;
  }

  close(): void {
    for (const view of this.#views.values()) view.close();
    this.#views.clear();
  }
}
