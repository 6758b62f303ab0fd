// What the kernel says of a process.
import { readdirSync, readFileSync } from 'node:fs';

// What `/proc/PID/stat` counts in, on every architecture Node runs on.
const TICK_MS = 10;

/** Processor time of all threads so far, to the nanosecond where the kernel keeps it so. */
export function processorMs(pid: number): number {
  try {
    let totalNs = 0;
    for (const thread of readdirSync(`/proc/${pid}/task`))
      totalNs += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]);
    return totalNs / 1e6;
  } catch {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
  }
}

/** Resident memory, with what it shares with others. */
export function residentBytes(pid: number): number {
  const [, kiB] = /^Rss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')) ?? [];
  return Number(kiB) * 1024;
}
