import { defineConfig } from 'tsup';
import { base } from '../../tsup.base.ts';

export default defineConfig({
  ...base,
  entry: {
    index: 'src/index.ts',
    'transport/index': 'src/transport/index.ts',
    'conformance/index': 'src/conformance/index.ts',
    'host-entry': 'src/host-entry.ts',
  },
});
