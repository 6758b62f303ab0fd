// Finding transports by name, from source; the builds are tried in test/processes.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  loadTransport,
  registeredTransports,
  registerTransports,
} from '../../src/transport/load-transport.ts';

let directory = '';

/** A package with one transport, whose factory hands back its options as the name. */
function writePackage(name: string, text: string): void {
  const home = join(directory, 'node_modules', name);
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, 'package.json'), JSON.stringify({ name, version: '1.0.0', main: './index.cjs' }));
  writeFileSync(join(home, 'index.cjs'), text);
}

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'troupe-load-'));
  writePackage(
    'my-transport',
    'exports.transports = { mine: (options) => ({ name: JSON.stringify(options) }) };',
  );
  writePackage('no-transport', 'exports.something = 1;');
  writePackage('broken-transport', 'throw new Error("no such library");');
});

afterAll(() => {
  rmSync(directory, { recursive: true });
});

describe('loading a transport', () => {
  it('has the one in memory built in', async () => {
    expect((await loadTransport('memory', {}, [])).name).toBe('memory');
  });

  it.each(['pipe', 'fifo', 'unix'])('finds %s in its package', async (name) => {
    const transport = await loadTransport(name, {}, [import.meta.url]);
    expect(transport.name).toBe(name);
    await transport.close();
  });

  it("finds a module of one's own from where the caller says, and passes the options on", async () => {
    const choice = { module: 'my-transport', name: 'mine' };
    const transport = await loadTransport(choice, { size: 3 }, [join(directory, 'app.js')]);
    expect(transport.name).toBe('{"size":3}');
  });

  it('refuses an unknown name with the known ones and the nearest', async () => {
    await expect(loadTransport('smh', {}, [])).rejects.toMatchObject({
      code: 'TROUPE_CONFIGURATION',
      message: expect.stringMatching(/'smh' is not known.*Did you mean 'shm'\?.*memory, pipe, fifo, unix/),
    });
  });

  it.each(['constructor', '__proto__', 'toString'])('refuses %s, which every object has', async (name) => {
    await expect(loadTransport(name, {}, [])).rejects.toMatchObject({ code: 'TROUPE_CONFIGURATION' });
    await expect(
      loadTransport({ module: 'my-transport', name }, {}, [join(directory, 'app.js')]),
    ).rejects.toMatchObject({ code: 'TROUPE_CONFIGURATION' });
  });

  it('refuses a name its module does not have with those it has', async () => {
    const choice = { module: 'my-transport', name: 'mien' };
    await expect(loadTransport(choice, {}, [join(directory, 'app.js')])).rejects.toMatchObject({
      code: 'TROUPE_CONFIGURATION',
      message: expect.stringMatching(/not known in my-transport\. Did you mean 'mine'\?/),
    });
  });

  it('says what to install when the package is missing', async () => {
    await expect(loadTransport({ module: 'not-installed', name: 'x' }, {}, [])).rejects.toMatchObject({
      code: 'TROUPE_TRANSPORT_UNAVAILABLE',
      message: expect.stringContaining('npm i not-installed'),
    });
  });

  it('says why a package that is there does not load', async () => {
    const choice = { module: 'broken-transport', name: 'x' };
    await expect(loadTransport(choice, {}, [join(directory, 'app.js')])).rejects.toMatchObject({
      code: 'TROUPE_TRANSPORT_UNAVAILABLE',
      message: expect.stringContaining('no such library'),
    });
  });

  it('refuses a module without transports', async () => {
    const choice = { module: 'no-transport', name: 'x' };
    await expect(loadTransport(choice, {}, [join(directory, 'app.js')])).rejects.toMatchObject({
      code: 'TROUPE_CONFIGURATION',
      message: expect.stringContaining("no object 'transports'"),
    });
  });

  it('looks from registered modules first, and tells which they are', async () => {
    const base = join(directory, 'registered.js');
    registerTransports(base);
    expect(registeredTransports()).toContain(base);
    expect((await loadTransport({ module: 'my-transport', name: 'mine' }, {}, [])).name).toBe('{}');
  });
});
