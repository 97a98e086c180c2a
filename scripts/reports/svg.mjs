// A curve as a small SVG picture that is read on a light and on a dark page.

/** @typedef {{ name: string, points: readonly (readonly [x: number, y: number])[], dashed?: boolean }} Line */

const [width, height, left, right, top, bottom] = [640, 300, 52, 150, 28, 40];
// Told apart by lightness too; a dashed line says that its kind differs.
const colours = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#8c6bb1', '#888888', '#a0522d'];
const escape = (/** @type {string} */ text) =>
  text.replace(/[&<>]/g, (c) => ({ '&': '&amp;', '<': '&lt;' })[c] ?? '&gt;');

/** Round steps of an axis between two values. @param {number} low @param {number} high */
function ticks(low, high, wanted = 5) {
  const rough = (high - low) / wanted;
  const unit = 10 ** Math.floor(Math.log10(rough));
  const step = unit * ([1, 2, 5, 10].find((m) => m * unit >= rough) ?? 10);
  const found = [];
  for (let value = Math.ceil(low / step) * step; value <= high + step * 1e-9; value += step) found.push(value);
  return found.map((value) => Number(value.toPrecision(6)));
}

/**
 * Names stand at the ends of their lines, moved apart where they would lie on each other, and not below the axis.
 * @param {{ x: number, y: number }[]} ends
 */
function spread(ends) {
  const [row, longest] = [14, 110];
  const byX = [...ends].sort((a, b) => a.x - b.x);
  while (byX.length > 0) {
    const start = byX[0]?.x ?? 0;
    const near = byX.splice(0, byX.filter((end) => end.x < start + longest).length).sort((a, b) => a.y - b.y);
    near.forEach((end, i) => (end.y = Math.max(end.y, (near[i - 1]?.y ?? top) + (i === 0 ? 0 : row))));
    near.reverse().forEach((end, i) => (end.y = Math.min(end.y, (near[i - 1]?.y ?? height - bottom + row) - row)));
  }
}

/**
 * What is more than twice the lowest value is left out: the first steps would flatten all that follows.
 * @param {{ title: string, x: string, y: string, lines: readonly Line[] }} picture
 * @returns {string}
 */
export function curve({ title, x, y, lines: all }) {
  const most = 2 * Math.min(...all.flatMap((line) => line.points.map((p) => p[1])));
  const lines = all.map((line) => ({ ...line, points: line.points.filter((p) => p[1] <= most) }));
  const points = lines.flatMap((line) => line.points);
  const [xs, ys] = [points.map((p) => p[0]), points.map((p) => p[1])];
  const [x0, x1] = [Math.min(...xs), Math.max(...xs)];
  const margin = (Math.max(...ys) - Math.min(...ys)) * 0.05;
  const [y0, y1] = [Math.min(...ys) - margin, Math.max(...ys) + margin];
  const atX = (/** @type {number} */ v) => left + ((v - x0) / (x1 - x0)) * (width - left - right);
  const atY = (/** @type {number} */ v) => height - bottom - ((v - y0) / (y1 - y0)) * (height - top - bottom);
  const n = (/** @type {number} */ v) => v.toFixed(1);
  const text = (/** @type {number} */ px, /** @type {number} */ py, /** @type {string} */ words, anchor = 'middle') =>
    `<text x="${n(px)}" y="${n(py)}" text-anchor="${anchor}">${escape(words)}</text>`;
  const axes = [
    ...ticks(y0, y1).map(
      (v) =>
        `<path class="grid" d="M${left} ${n(atY(v))}H${width - right}"/>${text(left - 6, atY(v) + 4, String(v), 'end')}`,
    ),
    ...ticks(x0, x1).map((v) => text(atX(v), height - bottom + 16, v.toLocaleString('en'))),
  ];
  const ends = lines.map((line, i) => {
    const [px = x0, py = y0] = line.points.at(-1) ?? [];
    return { line, i, x: atX(px), y: atY(py) };
  });
  spread(ends);
  const drawn = ends.map(({ line, i, x: end, y: at }) => {
    const colour = colours[i % colours.length];
    const d = line.points.map(([px, py], k) => `${k === 0 ? 'M' : 'L'}${n(atX(px))} ${n(atY(py))}`).join('');
    return (
      `<path d="${d}" fill="none" stroke="${colour}" stroke-width="2"${line.dashed === true ? ' stroke-dasharray="6 3"' : ''}/>` +
      `<text x="${n(end + 6)}" y="${n(at + 4)}" style="fill:${colour}">${escape(line.name)}</text>`
    );
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escape(title)}">
<style>text{font:12px sans-serif;fill:#6e7781}.title{font-weight:600}.grid{stroke:#8b949e;stroke-opacity:.3}</style>
<text class="title" x="${left}" y="16">${escape(title)}</text>
${axes.join('\n')}
${text(left + (width - left - right) / 2, height - 6, x)}
<text transform="translate(12 ${n((height - bottom + top) / 2)}) rotate(-90)" text-anchor="middle">${escape(y)}</text>
${drawn.join('\n')}
</svg>
`;
}
