// A chart of results as SVG: a panel a cell with a bar for each contender. Its colours can be read on white and on black, and
// nothing in it comes from elsewhere, so it looks the same wherever it is shown.
import type { CellResult } from './interleave.ts';
import { spread } from './statistics.ts';
import { figure } from './table.ts';

export interface Panel {
  readonly cell: string;
  readonly title: string;
  readonly unit: string;
}

const WIDTH = 840;
const NAME_WIDTH = 150;
const FIGURE_WIDTH = 110;
const BAR_HEIGHT = 14;
const ROW_HEIGHT = 22;
const TITLE_HEIGHT = 34;
const PANEL_GAP = 18;
const TEXT = '#737b85';
const TROUPE = '#2f81f7';
const OTHER = '#9a8f7e';

/** Panels whose cell was not measured are left out, and so are contenders that are not in `names`. */
export function drawChart(
  cells: readonly CellResult[],
  panels: readonly Panel[],
  names: readonly string[],
): string {
  const drawn: string[] = [];
  let top = 0;
  for (const panel of panels) {
    const samples = cells.find(({ cell }) => cell.name === panel.cell)?.samples ?? {};
    const bars = names.flatMap((name) => {
      const own = samples[name];
      return own === undefined ? [] : [{ name, value: spread(own.map(({ value }) => value)).median }];
    });
    if (bars.length === 0) continue;
    drawn.push(...drawPanel(panel, bars, top));
    top += TITLE_HEIGHT + bars.length * ROW_HEIGHT + PANEL_GAP;
  }
  const height = Math.max(top - PANEL_GAP, 0);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img" font-family="-apple-system, 'Segoe UI', Helvetica, Arial, sans-serif" font-size="13" fill="${TEXT}">`,
    `<title>${escape(panels.map(({ title }) => title).join('; '))}</title>`,
    ...drawn,
    '</svg>\n',
  ].join('\n');
}

interface Bar {
  readonly name: string;
  readonly value: number;
}

function drawPanel({ title, unit }: Panel, bars: readonly Bar[], top: number): string[] {
  const most = Math.max(...bars.map(({ value }) => value));
  const room = WIDTH - NAME_WIDTH - FIGURE_WIDTH;
  const rows = bars.flatMap(({ name, value }, index) => {
    const y = top + TITLE_HEIGHT + index * ROW_HEIGHT;
    const length = Math.max(1, (value / most) * room);
    const colour = name.startsWith('troupe') ? TROUPE : OTHER;
    const middle = y + BAR_HEIGHT - 3;
    return [
      `<text x="${NAME_WIDTH - 10}" y="${middle}" text-anchor="end">${escape(name)}</text>`,
      `<rect x="${NAME_WIDTH}" y="${y}" width="${length.toFixed(1)}" height="${BAR_HEIGHT}" rx="2" fill="${colour}"/>`,
      `<text x="${(NAME_WIDTH + length + 8).toFixed(1)}" y="${middle}">${escape(`${figure(value)} ${unit}`)}</text>`,
    ];
  });
  return [`<text x="0" y="${top + 16}" font-weight="600" font-size="14">${escape(title)}</text>`, ...rows];
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
