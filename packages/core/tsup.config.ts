import { defineConfig } from 'tsup';
import { base } from '../../tsup.base.ts';

export default defineConfig({
  ...base,
  entry: {
    index: 'src/index.ts',
    'transport/index': 'src/transport/index.ts',
    'testing/index': 'src/testing/index.ts',
    'conformance/index': 'src/conformance/index.ts',
    'conformance/peer-process': 'src/conformance/peer-process.ts',
    'host-entry': 'src/host-entry.ts',
  },
  esbuildOptions(options, { format }) {
    // It waits at its top level, which only a module can; both builds start the same one.
    if (format !== 'cjs') return;
    const { 'host-entry': _module, ...entries } = options.entryPoints as Record<string, string>;
    options.entryPoints = entries;
  },
});
