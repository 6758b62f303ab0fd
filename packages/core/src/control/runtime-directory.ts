// The directory in which the nodes of a system find each other. It belongs to one user and nobody else may enter:
//
//   <root>/<system>/names/@<name>           who holds a name
//   <root>/<system>/groups/@<name>/...      who is a member of a group, a file each
//   <root>/<system>/<node>.lock             locked as long as the node lives: the proof that it does
//   <root>/<system>/<node>/control.sock     where the node listens
//   <root>/<system>/<node>/object.*         its kernel objects with a name or key, one entry each
//   <root>/<system>/<node>/...              its lanes; everything a node makes in the file system is in here
import { existsSync, lstatSync, mkdirSync, readdirSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TroupeError } from '../errors.ts';

/**
 * Root of all systems of this user: `explicit`, else `$XDG_RUNTIME_DIR/troupe`, else a directory per
 * uid under the temp directory.
 */
export function runtimeRoot(explicit: string | undefined): string {
  if (explicit !== undefined && explicit !== '') return explicit;
  const session = process.env['XDG_RUNTIME_DIR'];
  if (session !== undefined && session !== '') return join(session, 'troupe');
  return join(tmpdir(), `troupe-${String(process.geteuid?.() ?? 0)}`);
}

/** Makes the directory of a system, or checks the one that is there. Returns its path. */
export function openSystemDirectory(root: string, system: string): string {
  ensurePrivate(root);
  const path = join(root, system);
  ensureSystemDirectory(path);
  return path;
}

/** Makes what is missing of a system's directory: the last node of a system takes it along when it leaves. */
export function ensureSystemDirectory(path: string): void {
  ensurePrivate(path);
  ensurePrivate(join(path, 'names'));
}

/** Removes a system's directory if nobody uses it any more. */
export function removeIfUnused(path: string): void {
  try {
    // Without names and groups first the directory is never empty; a node that is there makes them anew when it needs them.
    if (readdirSync(path).some((entry) => entry !== 'names' && entry !== 'groups')) return;
    rmdirSync(join(path, 'names'));
    const groups = join(path, 'groups');
    if (existsSync(groups)) for (const group of readdirSync(groups)) rmdirSync(join(groups, group));
    if (existsSync(groups)) rmdirSync(groups);
    rmdirSync(path);
  } catch {
    // Somebody joined in this moment, or left as well.
  }
}

function ensurePrivate(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    if (code === 'ENOENT') {
      // Only the last step is ours to judge: what lies above was there, or is made for us alone.
      mkdirSync(path, { mode: 0o700, recursive: true });
    } else if (code !== 'EEXIST') {
      throw refusal(path, `it cannot be made (${code ?? String(cause)})`, cause);
    }
  }
  // lstat: a link that somebody else put there must not lead us anywhere.
  const found = lstatSync(path);
  if (!found.isDirectory()) throw refusal(path, 'it is no directory');
  if (found.uid !== process.geteuid?.()) throw refusal(path, `it belongs to uid ${String(found.uid)}`);
  if ((found.mode & 0o077) !== 0)
    throw refusal(path, `others may enter it (mode ${(found.mode & 0o777).toString(8)}; expected 700)`);
}

function refusal(path: string, why: string, cause?: unknown): TroupeError {
  return new TroupeError(
    'TROUPE_RUNTIME_DIRECTORY',
    `runtime directory ${path} cannot be used: ${why}; remove it, or set TROUPE_RUNTIME_DIR to a directory of your own`,
    { cause, details: { path } },
  );
}
