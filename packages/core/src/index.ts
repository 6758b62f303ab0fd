// What people import as @troupe/core.
export { defineActor } from './actor/define-actor.ts';
export type { ActorDefinition, Context, Down, RefOf } from './actor/behavior.ts';
export type {
  FindOptions,
  PoolArguments,
  PoolOptions,
  ProcessKind,
  SpawnArguments,
  SpawnOptions,
} from './actor/spawning.ts';
export type {
  ActorRef,
  AnyRef,
  AskOptions,
  StopOptions,
  StreamOptions,
  UntypedRef,
} from './actor/actor-ref.ts';
export type { Group, GroupChange, JoinOptions } from './actor/group.ts';
export type { DeadLetterReason } from './actor/cell-host.ts';
export type { MailboxOptions } from './actor/mailbox-limits.ts';
export type { OverflowPolicy } from './overflow-policy.ts';
export type { Timers } from './actor/timers.ts';
export type { ItemStream } from './actor/pending-stream.ts';
export type { EndReason } from './actor/end-reason.ts';
export { describeReason } from './actor/end-reason.ts';
export type { Forwarded, Protocol, Stashed, Streamed } from './actor/protocol.ts';
export { ADDRESS, formatAddress } from './address.ts';
export type { Address, NodeId } from './address.ts';
export { cleanRuntimeDirectory, surveyRuntimeDirectory } from './control/runtime-survey.ts';
export type { DeadNode, RuntimeSurvey, SystemOnDisk } from './control/runtime-survey.ts';
export { ERROR_CODES, isTroupeError, TroupeError } from './errors.ts';
export type { ErrorCode } from './errors.ts';
export type { Logger, LogLevel } from './logger.ts';
export { DECISION_CODES } from './supervision/decision.ts';
export type { Decision, RestartType } from './supervision/decision.ts';
export { child, defineSupervisor } from './supervision/define-supervisor.ts';
export type {
  Child,
  ChildArguments,
  ChildOptions,
  ChildRefs,
  Children,
} from './supervision/define-supervisor.ts';
export { oneForAll, oneForOne, restForOne } from './supervision/strategy.ts';
export type {
  Directive,
  RestartLimits,
  RestartOptions,
  Strategy,
  StrategyOptions,
} from './supervision/strategy.ts';
export type { ActorProcess, ProcessState } from './system/actor-process.ts';
export type { CrashOrigin, ProcessCrash } from './system/process-crash.ts';
export { UNCLEAN_EXIT_CODE } from './system/shutdown-report.ts';
export type {
  FailedHook,
  FamilyReport,
  Hung,
  ShutdownPhase,
  ShutdownReport,
} from './system/shutdown-report.ts';
export type { ShutdownContext, ShutdownHook } from './system/shutdown-hooks.ts';
export type { SupervisionEvent } from './system/supervision-event.ts';
export type { PoolRef } from './system/pool/pool-ref.ts';
export { createSystem } from './system/joined-system.ts';
export type { ActorSnapshot, ActorSystem, ShutdownOptions, SystemEvents } from './system/actor-system.ts';
export type { AccountSnapshot, DeadLetter } from './system/account.ts';
export type { LetterCounts } from './system/letters.ts';
export type { TransportFallback } from './system/transport-fallback.ts';
export type { SystemOptions, TransportOptions } from './system/system-options.ts';
export { registerTransports } from './transport/load-transport.ts';
export type { Duration, Size } from './units.ts';
