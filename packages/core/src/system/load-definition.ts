// The definition of an actor that another process has asked for: its module is imported here unless it is known.
import { findDefinition } from '../actor/definitions.ts';
import { asError } from '../actor/failure.ts';
import { TroupeError } from '../errors.ts';
import { importActorModule } from '../host/bootstrap.ts';
import type { AnyDefinition } from './starter.ts';

/** Number `index` of those that the module at `url` defines. Rejects with TROUPE_MODULE_NOT_LOADED. */
export async function loadDefinition(url: string, index: number): Promise<AnyDefinition> {
  const known = findDefinition(url, index);
  // Whoever put it there has made it by `defineActor`.
  if (known !== undefined) return known as AnyDefinition;
  try {
    await importActorModule(url);
  } catch (cause) {
    throw new TroupeError(
      'TROUPE_MODULE_NOT_LOADED',
      `spawn: ${url} cannot be imported in a process of its own: ${asError(cause).message}`,
      { cause },
    );
  }
  const definition = findDefinition(url, index);
  if (definition !== undefined) return definition as AnyDefinition;
  throw new TroupeError(
    'TROUPE_MODULE_NOT_LOADED',
    `spawn: ${url} was imported and defines no actor number ${String(index)}; call defineActor(import.meta.url, ...) at the top level of the module that has the actor`,
  );
}
