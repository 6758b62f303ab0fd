// The groups this process has looked at, each made once.
import type { Group } from '../actor/group.ts';
import type { Protocol } from '../actor/protocol.ts';
import { GroupView } from './group-view.ts';
import type { Node } from './node.ts';

export class Groups {
  readonly #node: Node;
  readonly #views = new Map<string, GroupView>();

  constructor(node: Node) {
    this.#node = node;
  }

  get(name: string): Group<Protocol> {
    let view = this.#views.get(name);
    if (view === undefined) {
      view = new GroupView(this.#node, name);
      this.#views.set(name, view);
    }
    return view;
  }

  close(): void {
    for (const view of this.#views.values()) view.close();
    this.#views.clear();
  }
}
