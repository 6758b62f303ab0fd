// What authors of transports import, as @troupe/core/transport.
export { TroupeError, isTroupeError } from '../errors.ts';
export type { ErrorCode } from '../errors.ts';
export type { NodeId } from '../address.ts';
export { didYouMean } from '../did-you-mean.ts';
export { bytes } from '../units.ts';
export type { Size } from '../units.ts';
export type {
  Capabilities,
  ChildEnds,
  LaneOffer,
  LaneReceiver,
  LaneSender,
  PriorityLaneSender,
  ReceiveOptions,
  SendOptions,
  Transport,
  TransportFactory,
} from './contract.ts';
export { hasLetterbox } from './letterbox.ts';
export type { Letterbox, LetterboxOptions, LetterboxTransport } from './letterbox.ts';
export { FrameReader, openReceiver } from './frame-reader.ts';
export { FrameWriter, openSender } from './frame-writer.ts';
export { MAX_FRAME_BYTES, addressInUse, noListener, peerLost, protocolViolation } from './lane-errors.ts';
export { laneFailures, type LaneFailures, type KernelError, type LaneFailureWords } from './lane-failure.ts';
export { limitMet, type Limit } from './limits.ts';
export { lanePath, offeredPath, wrongOffer } from './lane-offer.ts';
export { loadTransport, type TransportChoice } from './load-transport.ts';
export { memoryTransport } from './memory-transport.ts';
export { noKinship } from './no-kinship.ts';
export { RECORD_LENGTH_BYTES, StagingSender, type StagingOptions } from './staging-sender.ts';
export { step } from './step.ts';
export { readStagingBytes, refuseUnknownOptions, wrongOption } from './transport-options.ts';
