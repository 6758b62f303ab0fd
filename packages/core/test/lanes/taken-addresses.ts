// What a receiving end does where something stands already: it refuses, and neither uses nor removes what it finds. The same for
// every transport whose lanes have names.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openReceiver } from '@troupe/core/transport';
import type { Transport } from '@troupe/core/transport';
import { createFifo, currentUid } from '@troupe/posix';
import { chownSync, existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeDirectory, openAndClose, openDescriptors } from './open-lane.ts';

/** A user that has nothing. */
export const STRANGER = 65534;
export const isRoot = currentUid() === 0;

/** Registers the tests; `ending` is that of the names of lanes. */
export function describeTakenAddresses(name: string, create: () => Transport, ending: string): void {
  describe(`a receiver on ${name}`, () => {
    let directory = '';
    let before: readonly string[] = [];

    beforeEach(async () => {
      directory = makeDirectory();
      await openAndClose(create(), directory);
      before = openDescriptors();
    });

    afterEach(() => {
      rmSync(directory, { recursive: true });
      expect(openDescriptors()).toEqual(before);
    });

    function receive(within = directory): Promise<unknown> {
      const options = { peer: 'a', directory: within, lane: 'lane' };
      return openReceiver(create(), { ...options, onFrame: () => {}, onEnd: () => {} });
    }

    it.each([
      ['a file', (path: string) => writeFileSync(path, 'precious')],
      ['a directory', (path: string) => mkdirSync(path)],
      ['a symbolic link to a file', (path: string) => symlinkSync('/etc/passwd', path)],
      ['a symbolic link to nothing', (path: string) => symlinkSync('/nowhere/at/all', path)],
      ['a FIFO', (path: string) => createFifo(path)],
    ])('refuses an address where %s stands, and leaves it there', async (_, put) => {
      const path = join(directory, `lane${ending}`);
      put(path);
      await expect(receive()).rejects.toMatchObject({
        code: 'TROUPE_ADDRESS_IN_USE',
        message: expect.stringContaining(path),
      });
      expect(() => symlinkSync('/', path)).toThrow('EEXIST');
    });

    if (isRoot) {
      it('refuses an address where something of another user stands, and says whose it is', async () => {
        const path = join(directory, `lane${ending}`);
        createFifo(path);
        chownSync(path, STRANGER, STRANGER);
        await expect(receive()).rejects.toMatchObject({
          code: 'TROUPE_PERMISSION',
          message: expect.stringContaining(`user ${STRANGER}`),
        });
        expect(existsSync(path)).toBe(true);
      });
    }

    it('says that the directory is gone', async () => {
      await expect(receive(join(directory, 'gone'))).rejects.toMatchObject({
        code: 'TROUPE_RUNTIME_DIRECTORY',
      });
    });
  });
}
