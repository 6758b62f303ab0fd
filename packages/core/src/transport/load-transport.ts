// From a transport's name in the configuration to the transport: which package has it, where that package is found, and
// what to say when it is not there. Core imports no transport; it loads one here, in parents and children alike.
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { didYouMean } from '../did-you-mean.ts';
import { TroupeError } from '../errors.ts';
import type { Transport, TransportFactory } from './contract.ts';
import { memoryTransport } from './memory-transport.ts';

/** A name from the catalog, or a module of one's own that exports `transports`, and the name it has there. */
export type TransportChoice = string | { readonly module: string; readonly name: string };

/** A transport as it was asked for: which one, and what it is told. */
export interface TransportSetting {
  readonly choice: TransportChoice;
  readonly options: Readonly<Record<string, unknown>>;
  /** Path of its module, when a parent has found it. */
  readonly path?: string;
}

/** The package that has each transport Troupe knows by name; `memory` is built in. */
const CATALOG: Readonly<Record<string, string>> = {
  pipe: '@troupe/transport-pipe',
  fifo: '@troupe/transport-pipe',
  unix: '@troupe/transport-pipe',
  'posix-mq': '@troupe/transport-mq',
  'sysv-mq': '@troupe/transport-mq',
  shm: '@troupe/transport-shm',
};

const MEMORY = 'memory';

// The ESM build imports, and prefers the ESM twin of a CommonJS file, so that a process loads core and posix once. The
// CommonJS build requires, so that the module lands where core did: a test runner that works in CommonJS has no `import()`.
const IS_ESM_BUILD = import.meta.url.endsWith('.js');

// On a registered symbol: the package `troupe` registers with whichever build of core it loaded.
const REGISTERED = Symbol.for('troupe.transport-bases');
const shared = globalThis as { [REGISTERED]?: Set<string> };
const registered = (shared[REGISTERED] ??= new Set<string>());

export function nameOfTransport({ choice }: TransportSetting): string {
  return typeof choice === 'string' ? choice : choice.name;
}

/** Names of all transports that need no module to be given. */
const TRANSPORT_NAMES: readonly string[] = [MEMORY, ...Object.keys(CATALOG)];

/**
 * Looks for transport packages from the module at `from` (its `import.meta.url`) first: for a package that depends on
 * transports its users need not list themselves.
 */
export function registerTransports(from: string): void {
  registered.add(from);
}

/** What was registered so far, for a parent to pass to its children. */
export function registeredTransports(): readonly string[] {
  return [...registered];
}

/**
 * Makes the transport `choice` names with `options`. Its module is looked for from the registered modules, `resolveFrom`
 * (paths or file URLs of modules), the main file, the working directory and core, in this order; not at all when
 * `path` says where it is. Throws TROUPE_CONFIGURATION for a name nobody knows, TROUPE_TRANSPORT_UNAVAILABLE when
 * its package is not installed.
 */
export async function loadTransport(
  choice: TransportChoice,
  options: Readonly<Record<string, unknown>>,
  resolveFrom: readonly string[],
  path = findTransport(choice, resolveFrom),
): Promise<Transport> {
  if (choice === MEMORY) return memoryTransport();
  const { module, name } = moduleOf(choice);
  const transports = await importTransports(module, name, preferEsm(path ?? ''));
  const factory = Object.hasOwn(transports, name) ? transports[name] : undefined;
  if (factory === undefined) throw unknownTransport(name, Object.keys(transports), `in ${module}`);
  return factory(options);
}

/** Path of the module that `loadTransport` would load; undefined for one that is built in. */
export function findTransport(choice: TransportChoice, resolveFrom: readonly string[]): string | undefined {
  if (choice === MEMORY) return undefined;
  const { module, name } = moduleOf(choice);
  return resolve(module, name, resolveFrom);
}

function moduleOf(choice: TransportChoice): { readonly module: string; readonly name: string } {
  return typeof choice === 'string' ? { module: packageOf(choice), name: choice } : choice;
}

function packageOf(name: string): string {
  const module = Object.hasOwn(CATALOG, name) ? CATALOG[name] : undefined;
  if (module === undefined) throw unknownTransport(name, TRANSPORT_NAMES, 'to Troupe');
  return module;
}

function resolve(module: string, name: string, resolveFrom: readonly string[]): string {
  if (module.startsWith('file:')) return fileURLToPath(module);
  const main = process.argv[1];
  const bases = [
    ...registered,
    ...resolveFrom,
    ...(main === undefined ? [] : [main]),
    join(process.cwd(), 'package.json'),
    import.meta.url,
  ];
  for (const base of bases) {
    try {
      return preferEsm(createRequire(base).resolve(module));
    } catch {
      // Not there: the next place is asked, and after the last one the sentence below says what to do.
    }
  }
  throw new TroupeError(
    'TROUPE_TRANSPORT_UNAVAILABLE',
    `Cannot use the transport '${name}': its package ${module} is not installed. Run: npm i ${module}`,
    { details: { module, lookedFrom: bases } },
  );
}

function preferEsm(path: string): string {
  if (!IS_ESM_BUILD || !path.endsWith('.cjs')) return path;
  const twin = ['.js', '.mjs'].map((ending) => path.slice(0, -'.cjs'.length) + ending).find(existsSync);
  return twin ?? path;
}

async function importTransports(
  module: string,
  name: string,
  path: string,
): Promise<Readonly<Record<string, TransportFactory>>> {
  let loaded: { readonly transports?: unknown; readonly default?: { readonly transports?: unknown } };
  try {
    loaded = (await load(path)) as typeof loaded;
  } catch (error) {
    throw new TroupeError(
      'TROUPE_TRANSPORT_UNAVAILABLE',
      `Cannot use the transport '${name}': loading ${path} failed: ${error instanceof Error ? error.message : String(error)}`,
      { cause: error, details: { module } },
    );
  }
  const transports = loaded.transports ?? loaded.default?.transports;
  if (typeof transports === 'object' && transports !== null)
    return transports as Record<string, TransportFactory>;
  throw new TroupeError(
    'TROUPE_CONFIGURATION',
    `Cannot use the transport '${name}': ${module} exports no object 'transports' with a factory a name.`,
    { details: { module } },
  );
}

async function load(path: string): Promise<unknown> {
  if (IS_ESM_BUILD) return import(pathToFileURL(path).href);
  try {
    return createRequire(import.meta.url)(path);
  } catch (error) {
    const code = (error as { readonly code?: unknown } | undefined)?.code;
    // An ES module that awaits while it loads cannot be required.
    if (code !== 'ERR_REQUIRE_ASYNC_MODULE' && code !== 'ERR_REQUIRE_ESM') throw error;
    return import(pathToFileURL(path).href);
  }
}

function unknownTransport(name: string, known: readonly string[], where: string): TroupeError {
  return new TroupeError(
    'TROUPE_CONFIGURATION',
    `The transport '${name}' is not known ${where}.${didYouMean(name, known)} Known are: ${known.join(', ')}.`,
    { details: { name, known } },
  );
}
