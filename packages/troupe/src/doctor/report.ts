// An examination for people: plain text, a line a finding.
import type { Examination } from './examination.ts';
import type { LimitReading } from './limits.ts';
import type { Trial } from './trials.ts';

const UNITS = ['KiB', 'MiB', 'GiB', 'TiB'] as const;

export function formatExamination(examination: Examination): string {
  const { machine, transports, limits, runtimeDirectory } = examination;
  const user = machine.user === '' ? String(machine.uid) : `${machine.uid} (${machine.user})`;
  return [
    ...table([
      ['node', `${machine.node} ${machine.architecture}`],
      ['kernel', `${machine.platform} ${machine.kernel}`],
      ['user', user],
      ['processors', String(machine.processors)],
      ['runtime directory', runtimeDirectory.path],
    ]),
    '',
    'Transports',
    ...transports.flatMap(formatTrial),
    '',
    'Limits',
    ...table(limits.map((limit) => [limit.name, formatValue(limit), limit.bounds])),
    '',
    'Left behind',
    ...formatLeftovers(examination),
    '',
  ].join('\n');
}

function formatTrial({ transport, options, isUsable, code, reason }: Trial): readonly string[] {
  const chosen = Object.entries(options).map(([option, choice]) => `${option}: '${choice}'`);
  const name = [`'${transport}'`, ...chosen].join(', ');
  if (isUsable) return [`  ${name.padEnd(28)} works`];
  return [
    `  ${name.padEnd(28)} cannot be used${code === undefined ? '' : ` (${code})`}`,
    `    ${reason ?? ''}`,
  ];
}

function formatLeftovers({ runtimeDirectory, cleaned }: Examination): readonly string[] {
  const lines = runtimeDirectory.systems.flatMap(({ name, dead }) => {
    if (dead.length === 0) return [];
    const objects = dead.flatMap((node) => node.objects);
    const inKernel =
      objects.length === 0 ? '' : ` with ${counted(objects.length, 'object', 'objects')} in the kernel`;
    return [
      `  ${counted(dead.length, 'dead process', 'dead processes')} of the system '${name}'${inKernel}`,
      ...objects.map((object) => `    ${object}`),
    ];
  });
  const living = runtimeDirectory.systems.reduce((sum, system) => sum + system.living, 0);
  return [
    ...(cleaned > 0 ? [`  cleaned up behind ${counted(cleaned, 'dead process', 'dead processes')}`] : []),
    ...lines,
    ...(lines.length > 0
      ? ['  Cleaned up by the next process of the system, or by `troupe doctor --clean` now.']
      : []),
    ...(lines.length === 0 && cleaned === 0 ? ['  nothing'] : []),
    `  ${counted(living, 'process', 'processes')} of ${counted(runtimeDirectory.systems.length, 'system', 'systems')} running`,
  ];
}

function counted(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}

function formatValue({ value, unit }: LimitReading): string {
  if (value === null) return 'unlimited';
  if (unit === 'count') return value.toLocaleString('en');
  let amount = value;
  let shown = 'bytes';
  for (const larger of UNITS) {
    if (amount < 1024) break;
    amount /= 1024;
    shown = larger;
  }
  return `${Number.isInteger(amount) ? amount : amount.toFixed(1)} ${shown}`;
}

function table(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  );
  return rows.map((row) =>
    `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd(),
  );
}
