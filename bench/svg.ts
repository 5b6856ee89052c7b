/** Small charts that are readable on light and dark pages. */

export interface Bar {
  readonly label: string;
  readonly value: number;
  readonly min: number;
  readonly max: number;
  /** Whether the bar is highlighted. */
  readonly isOurs: boolean;
}

export interface BarChart {
  readonly title: string;
  readonly subtitle: string;
  readonly unit: string;
  readonly bars: readonly Bar[];
}

const WIDTH = 760;
const LABELS = 190;
const VALUES = 110;
const TOP = 64;
const ROW = 34;
const BAR = 18;

const STYLE = `
  text { font: 13px system-ui, sans-serif; fill: #24292f }
  .title { font-size: 16px; font-weight: 600 }
  .quiet { fill: #57606a }
  .bar { fill: #8c959f }
  .ours { fill: #0969da }
  .spread, .axis { stroke: #24292f; fill: none }
  .axis { stroke-opacity: 0.25 }
  .line { fill: none; stroke-width: 2 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .quiet { fill: #9198a1 }
    .bar { fill: #656c76 }
    .ours { fill: #4493f8 }
    .spread, .axis { stroke: #e6edf3 }
  }`;

/** Bars with their values, and a line from the minimum to the maximum. */
export function barChart({ title, subtitle, unit, bars }: BarChart): string {
  const most = Math.max(...bars.map(({ max }) => max));
  const scale = (WIDTH - LABELS - VALUES) / most;
  const rows = bars.map(({ label, value, min, max, isOurs }, index) => {
    const y = TOP + index * ROW;
    const middle = y + BAR / 2;
    const from = LABELS + min * scale;
    const to = LABELS + max * scale;
    return `
  <text x="${LABELS - 10}" y="${middle + 5}" text-anchor="end">${escape(label)}</text>
  <rect class="bar${isOurs ? ' ours' : ''}" x="${LABELS}" y="${y}" width="${round(value * scale)}" height="${BAR}" rx="2"/>
  <path class="spread" d="M${round(from)} ${middle}H${round(to)}M${round(from)} ${middle - 4}v8M${round(to)} ${middle - 4}v8"/>
  <text x="${round(to) + 8}" y="${middle + 5}">${round(value)} ${escape(unit)}</text>`;
  });
  return document(TOP + bars.length * ROW, title, subtitle, rows.join(''));
}

export interface Series {
  readonly label: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface LineChart {
  readonly title: string;
  readonly subtitle: string;
  readonly x: (value: number) => string;
  readonly y: (value: number) => string;
  readonly series: readonly Series[];
}

const COLOURS = ['#0969da', '#bf8700', '#1a7f37', '#8250df'];
const LEFT = 80;
const RIGHT = 160;
const HEIGHT = 300;

/** Lines over two logarithmic axes: proportional values rise by one decade in one decade. */
export function lineChart({ title, subtitle, x, y, series }: LineChart): string {
  const points = series.flatMap((each) => each.points);
  const across = logarithmic(
    points.map(([value]) => value),
    LEFT,
    WIDTH - RIGHT,
  );
  const up = logarithmic(
    points.map(([, value]) => value),
    TOP + HEIGHT,
    TOP,
  );
  const grid = [
    ...across.decades.map((value) => {
      const at = round(across.at(value));
      return `
  <path class="axis" d="M${at} ${TOP}v${HEIGHT}"/>
  <text class="quiet" x="${at}" y="${TOP + HEIGHT + 20}" text-anchor="middle">${escape(x(value))}</text>`;
    }),
    ...up.decades.map((value) => {
      const at = round(up.at(value));
      return `
  <path class="axis" d="M${LEFT} ${at}H${WIDTH - RIGHT}"/>
  <text class="quiet" x="${LEFT - 8}" y="${at + 5}" text-anchor="end">${escape(y(value))}</text>`;
    }),
  ];
  const lines = series.map(({ label, points: own }, index) => {
    const colour = COLOURS[index % COLOURS.length] ?? '';
    const path = own.map(([px, py]) => `${round(across.at(px))} ${round(up.at(py))}`).join('L');
    const [lastX, lastY] = own.at(-1) ?? [1, 1];
    return `
  <path class="line" stroke="${colour}" d="M${path}"/>
  ${own.map(([px, py]) => `<circle fill="${colour}" cx="${round(across.at(px))}" cy="${round(up.at(py))}" r="3"/>`).join('')}
  <text x="${round(across.at(lastX)) + 10}" y="${round(up.at(lastY)) + 5}">${escape(label)}</text>`;
  });
  return document(TOP + HEIGHT + 30, title, subtitle, [...grid, ...lines].join(''));
}

interface Axis {
  readonly at: (value: number) => number;
  /** The powers of ten between its ends. */
  readonly decades: readonly number[];
}

/** An axis from the minimum to the maximum of the values. */
function logarithmic(values: readonly number[], start: number, end: number): Axis {
  const low = Math.log10(Math.min(...values));
  const high = Math.log10(Math.max(...values));
  const first = Math.ceil(low);
  return {
    at: (value) => start + ((Math.log10(value) - low) / (high - low)) * (end - start),
    decades: Array.from({ length: Math.floor(high) - first + 1 }, (_, index) => 10 ** (first + index)),
  };
}

function document(height: number, title: string, subtitle: string, content: string): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escape(title)}">
<style>${STYLE}
</style>
  <text class="title" x="10" y="24">${escape(title)}</text>
  <text class="quiet" x="10" y="44">${escape(subtitle)}</text>${content}
</svg>
`;
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
