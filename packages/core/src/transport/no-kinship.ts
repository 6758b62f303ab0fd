// For transports that join any two processes: what the contract asks of them about parents and children, which is nothing.
import type { Transport } from './contract.ts';

/** To be spread into a transport that needs no kinship and prepares nothing for peers. */
export const noKinship: Readonly<Pick<Transport, 'prepareChild' | 'adoptParent' | 'close'>> = {
  prepareChild: () => ({ descriptors: [], release: () => {}, abandon: () => {} }),
  adoptParent: () => {},
  close: async () => {},
};
