// Everything `troupe doctor` finds out, as data: what the machine is, which transports work on it, its limits, and what dead
// processes have left.
import { cleanRuntimeDirectory, surveyRuntimeDirectory } from '@troupe/core';
import type { RuntimeSurvey } from '@troupe/core';
import { availableParallelism, arch, release, userInfo } from 'node:os';
import { readLimits } from './limits.ts';
import type { LimitReading } from './limits.ts';
import { tryTransports } from './trials.ts';
import type { Trial } from './trials.ts';

/** What the machine is. */
export interface Machine {
  readonly node: string;
  readonly platform: string;
  readonly architecture: string;
  readonly kernel: string;
  readonly uid: number;
  readonly user: string;
  /** Processors this process may use. */
  readonly processors: number;
}

/** The whole of it; `troupe doctor --json` prints this. */
export interface Examination {
  readonly machine: Machine;
  readonly transports: readonly Trial[];
  readonly limits: readonly LimitReading[];
  readonly runtimeDirectory: RuntimeSurvey;
  /** Dead nodes that were cleaned up behind, where that was asked for. */
  readonly cleaned: number;
}

export async function examine(options: { readonly clean: boolean }): Promise<Examination> {
  const cleaned = options.clean ? cleanRuntimeDirectory() : 0;
  const runtimeDirectory = surveyRuntimeDirectory();
  return {
    machine: describeMachine(),
    transports: await tryTransports(),
    limits: readLimits(Buffer.byteLength(runtimeDirectory.path)),
    runtimeDirectory,
    cleaned,
  };
}

function describeMachine(): Machine {
  const uid = process.geteuid?.() ?? -1;
  return {
    node: process.version,
    platform: process.platform,
    architecture: arch(),
    kernel: release(),
    uid,
    user: nameOfUser(),
    processors: availableParallelism(),
  };
}

function nameOfUser(): string {
  try {
    return userInfo().username;
  } catch {
    // In containers a user need not have a name.
    return '';
  }
}
