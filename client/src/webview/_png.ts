/** The chart as a picture for a paper or slides: title, drawing and legend on the page's background. */
import { color, paintColor } from './_chart.ts';
import type { Line } from './_lines.ts';

/** Base64 of a PNG with the title above the drawing and the lines' names below it. */
export function chartPng(drawing: HTMLCanvasElement, title: string, lines: readonly Line[]): string {
  const scale = window.devicePixelRatio || 1;
  const [row, margin] = [20 * scale, 12 * scale];
  const canvas = document.createElement('canvas');
  canvas.width = drawing.width + 2 * margin;
  const context = canvas.getContext('2d');
  if (context === null) throw new Error('the page cannot draw');
  const font = `${13 * scale}px ${color('font-family', 'sans-serif')}`;
  context.font = font;
  // As many names in a row as fit.
  const places: { readonly line: Line; readonly x: number; readonly y: number }[] = [];
  let [x, y] = [margin, margin + row + drawing.height + row];
  for (const line of lines) {
    const width = 30 * scale + context.measureText(line.label).width + 18 * scale;
    if (x > margin && x + width > canvas.width - margin) [x, y] = [margin, y + row];
    places.push({ line, x, y });
    x += width;
  }
  canvas.height = y + margin;
  context.font = font; // a canvas forgets it with its size
  context.fillStyle = color('editor-background', '#ffffff');
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.fillStyle = color('foreground', '#333333');
  context.fillText(title, margin, margin + row * 0.7);
  context.drawImage(drawing, margin, margin + row);
  for (const { line, x: left, y: top } of places) {
    context.strokeStyle = paintColor(line.paint);
    context.globalAlpha = line.faint === true ? 0.5 : 1;
    context.lineWidth = line.width * scale;
    context.setLineDash((line.dash ?? []).map((n) => n * scale));
    context.beginPath();
    context.moveTo(left, top - 4 * scale);
    context.lineTo(left + 24 * scale, top - 4 * scale);
    context.stroke();
    context.globalAlpha = 1;
    context.fillText(line.label, left + 30 * scale, top);
  }
  return canvas.toDataURL('image/png').replace(/^data:image\/png;base64,/, '');
}
