// Which types of messages are urgent, as a definition says: checked, and as the mailbox looks them up.
import { didYouMean } from '../did-you-mean.ts';

/** The types in `urgent`; undefined when there are none. Those that no handler is for are a TypeError: `known` are the others. */
export function urgentTypes(urgent: unknown, known: ReadonlySet<string>): ReadonlySet<string> | undefined {
  if (urgent === undefined) return undefined;
  if (!Array.isArray(urgent))
    throw new TypeError(
      `defineActor: urgent is ${JSON.stringify(urgent)}; expected a list of names of handlers, such as ['cancel']`,
    );
  const types = urgent.map(String);
  const unknown = types.find((type) => !known.has(type));
  if (unknown !== undefined)
    throw new TypeError(
      `defineActor: urgent names '${unknown}', and there is no such handler.${didYouMean(unknown, known)}`,
    );
  return types.length === 0 ? undefined : new Set(types);
}
