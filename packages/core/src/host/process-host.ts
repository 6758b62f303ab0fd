// One child process seen from its parent: how it is started, and how it ended. What the two say to each other goes over the
// control plane like between any two nodes. One that is a worker of node:cluster is started by `cluster-worker.ts`.
import type { ChildProcess } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { isMainThread } from 'node:worker_threads';
import { TroupeError } from '../errors.ts';
import { heapFlags, ranOutOfHeap, type HeapLimit } from './heap-limit.ts';
import { BOOTSTRAP_VARIABLE, type Bootstrap } from './bootstrap.ts';
import { ProcessControl, type Control } from './process-control.ts';

/** How a process ended: by itself with a code, by a signal, `'SIGKILL'` and the like, or because its heap was full. */
export type ProcessExit =
  | { readonly kind: 'exit'; readonly code: number }
  | { readonly kind: 'signal'; readonly name: string }
  | { readonly kind: 'memory'; readonly maxHeapBytes: number };

export interface HostedProcess {
  readonly pid: number;
  readonly control: Control;
  /** Resolves when the process is gone and reaped. */
  readonly exited: Promise<ProcessExit>;
  /** Ends it now, whatever it does. */
  kill(): void;
}

/** Descriptors stand in a child's `stdio` behind standard input, output and error. */
export const FIRST_INHERITED_DESCRIPTOR = 3;

// Flags that make sense for the parent's main program only.
const OWN_FLAGS =
  /^--(?:eval|print|input-type|inspect|inspect-brk|inspect-port|inspect-wait|debug-port|test|watch|watch-path)(?:=|$)|^-[ep]+$|^-pe$/;
const FLAGS_WITH_VALUE =
  /^(?:--eval|--print|--input-type|--inspect-port|--debug-port|-e|-p|-pe|--watch-path)$/;

/** Starts a process that waits for its actor. Resolves once it runs; rejects with TROUPE_START_FAILED when it cannot. */
export function startProcess(
  bootstrap: Bootstrap,
  inherited: readonly number[],
  title: string,
  heap?: HeapLimit,
): Promise<HostedProcess> {
  // The kernel ends a child when the thread that forked it ends, and a worker thread may end before the program.
  if (!isMainThread)
    throw new TroupeError(
      'TROUPE_START_FAILED',
      "spawn in: 'process' works only from the main thread; create the system there, or spawn without `in`",
    );
  // Not imported above: few of the processes that are started for actors start others, and it takes time to load.
  const { spawn } = createRequire(import.meta.url)(
    'node:child_process',
  ) as typeof import('node:child_process');
  const child = spawn(process.execPath, [...childFlags(heap), hostEntry(), title], {
    stdio: ['ignore', 'inherit', 'inherit', ...inherited],
    env: { ...process.env, [BOOTSTRAP_VARIABLE]: JSON.stringify(bootstrap) },
  });
  const exited = new Promise<ProcessExit>((resolve) => {
    child.once('exit', (code, signal) => resolve(exitOf(code, signal, heap)));
  });
  return running(child, title, exited);
}

/** Resolves once the process of `child` runs; rejects with TROUPE_START_FAILED when it cannot be made. */
export function running(
  child: ChildProcess,
  title: string,
  exited: Promise<ProcessExit>,
): Promise<HostedProcess> {
  return new Promise((resolve, reject) => {
    child.once('error', (cause) =>
      reject(
        new TroupeError(
          'TROUPE_START_FAILED',
          `the process for ${title} could not be started: ${cause.message}`,
          { cause },
        ),
      ),
    );
    child.once('spawn', () => resolve(hostedProcess(child, exited)));
  });
}

/** How a process ended, by what the event `exit` tells. */
export function exitOf(code: number | null, signal: string | null, heap?: HeapLimit): ProcessExit {
  if (heap !== undefined && ranOutOfHeap(heap)) return { kind: 'memory', maxHeapBytes: heap.maxBytes };
  return signal === null ? { kind: 'exit', code: code ?? 0 } : { kind: 'signal', name: signal };
}

/** The flags of a child: those of the parent that concern it, and its own bound of memory behind them, so that it counts. */
export function childFlags(heap: HeapLimit | undefined): string[] {
  return [...loaderFlags(process.execArgv), ...(heap === undefined ? [] : heapFlags(heap))];
}

function hostedProcess(child: ChildProcess, exited: Promise<ProcessExit>): HostedProcess {
  const pid = child.pid ?? 0;
  return { pid, exited, control: new ProcessControl(pid), kill: () => void child.kill('SIGKILL') };
}

/** The parent's flags without those that concern its own program: loaders and conditions must reach the child. */
export function loaderFlags(execArgv: readonly string[]): string[] {
  const kept: string[] = [];
  for (let index = 0; index < execArgv.length; index += 1) {
    const flag = execArgv[index] ?? '';
    if (!OWN_FLAGS.test(flag)) kept.push(flag);
    else if (FLAGS_WITH_VALUE.test(flag)) index += 1;
  }
  return kept;
}

/** Path of what the process runs. */
export function hostEntry(): string {
  // From source this file stands one folder below the entry; built, everything stands beside it.
  const entry = import.meta.url.endsWith('.ts') ? '../host-entry.ts' : './host-entry.js';
  return fileURLToPath(new URL(entry, import.meta.url));
}
