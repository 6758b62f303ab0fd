// A bound of the memory that a process may use for its JavaScript heap: told to V8 when it is started, and recognised in how it
// ended by the report that Node writes when V8 gives up.
import { readFileSync, rmSync } from 'node:fs';
import { basename, dirname } from 'node:path';

export interface HeapLimit {
  readonly maxBytes: number;
  /** Where Node is to write its report; the file is removed when it has been read. */
  readonly reportPath: string;
}

const MEBIBYTE = 1024 * 1024;

/** What V8 and Node must be told. */
export function heapFlags({ maxBytes, reportPath }: HeapLimit): readonly string[] {
  return [
    `--max-old-space-size=${String(Math.floor(maxBytes / MEBIBYTE))}`,
    '--report-on-fatalerror',
    '--report-compact',
    // Names of other machines would be looked up for it.
    '--report-exclude-network',
    `--report-directory=${dirname(reportPath)}`,
    `--report-filename=${basename(reportPath)}`,
  ];
}

/** Whether the process, which has ended, did so because its heap was full. */
export function ranOutOfHeap({ reportPath }: HeapLimit): boolean {
  try {
    const report = JSON.parse(readFileSync(reportPath, 'utf8')) as { header?: { trigger?: unknown } };
    return report.header?.trigger === 'OOMError';
  } catch {
    // There is none: it ended in another way.
    return false;
  } finally {
    rmSync(reportPath, { force: true });
  }
}
