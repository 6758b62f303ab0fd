import { defineConfig } from 'tsup';
import { base } from '../../tsup.base.ts';

export default defineConfig({
  ...base,
  entry: {
    index: 'src/index.ts',
    'transport/index': 'src/transport/index.ts',
    'conformance/index': 'src/conformance/index.ts',
    'conformance/peer-process': 'src/conformance/peer-process.ts',
    'host-entry': 'src/host-entry.ts',
  },
});
