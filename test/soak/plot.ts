/** Draws series over time as an SVG that needs nothing else. */

/** One line of the plot, with its own scale. */
export interface Series {
  readonly name: string;
  readonly unit: string;
  readonly color: string;
  readonly values: readonly number[];
}

const [WIDTH, HEIGHT, MARGIN] = [800, 260, 40];

/** Each series is scaled from zero to its own maximum, which is written beside its name. */
export function plot(title: string, seconds: number, series: readonly Series[]): string {
  const lines = series.map(({ name, unit, color, values }, i) => {
    const top = Math.max(...values, 1);
    const points = values.map((value, at) => {
      const x = MARGIN + (at / Math.max(values.length - 1, 1)) * (WIDTH - 2 * MARGIN);
      const y = HEIGHT - MARGIN - (value / top) * (HEIGHT - 2.5 * MARGIN);
      return `${x.toFixed(1)},${y.toFixed(1)}`;
    });
    const label = `${name}: at most ${top.toFixed(top < 100 ? 1 : 0)} ${unit}`;
    return `<polyline fill="none" stroke="${color}" stroke-width="1.5" points="${points.join(' ')}"/>
  <text x="${MARGIN + i * 260}" y="${HEIGHT - 10}" fill="${color}">${label}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}" font-family="sans-serif" font-size="13">
  <rect width="100%" height="100%" fill="white"/>
  <text x="${MARGIN}" y="22" font-weight="bold">${title}</text>
  <path d="M${MARGIN} ${MARGIN} V${HEIGHT - MARGIN} H${WIDTH - MARGIN}" fill="none" stroke="#888"/>
  <text x="${WIDTH - MARGIN - 40}" y="${HEIGHT - MARGIN + 15}" fill="#555">${seconds} s</text>
  ${lines.join('\n  ')}
</svg>
`;
}
