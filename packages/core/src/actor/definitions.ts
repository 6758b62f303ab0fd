// The kinds of actors that the modules of this process have defined, by module and by the order in which the module made them:
// the same in every process that runs the module. What a kind is stands in `behavior.ts`.
import { pathToFileURL } from 'node:url';

/** A kind of actor: the module that defined it, as a file URL, its place there from 0, and what it does. */
export interface Definition<B> {
  readonly url: string;
  readonly index: number;
  readonly behavior: B;
}

// Under a registered symbol, because a module may use the CommonJS build in a process that was started by the ESM build.
const DEFINITIONS = Symbol.for('troupe.definitions');
const shared = globalThis as { [DEFINITIONS]?: Map<string, Definition<unknown>[]> };
const definitions = (shared[DEFINITIONS] ??= new Map());

/** The next definition of the module at `url`. */
export function addDefinition<B>(url: string, behavior: B): Definition<B> {
  const siblings = definitions.get(url) ?? [];
  definitions.set(url, siblings);
  const definition = { url, index: siblings.length, behavior };
  siblings.push(definition);
  return definition;
}

/** The definition number `index` of a module that has been imported. */
export function findDefinition(url: string, index: number): Definition<unknown> | undefined {
  return definitions.get(url)?.[index];
}

/** What names the module in every process; of `import.meta.url` or `__filename`. */
export function moduleUrl(module: string | URL): string {
  const text = String(module);
  if (text.startsWith('file:')) return text;
  if (text.startsWith('/')) return pathToFileURL(text).href;
  throw new TypeError(
    `defineActor: the first argument must be import.meta.url or __filename, but is ${JSON.stringify(text)}`,
  );
}
