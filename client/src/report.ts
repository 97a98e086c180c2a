/** A report: facts in words and tables, written once and shown as a page, copied as text. No editor in here. */
import { escapeHtml } from './html.ts';

export interface Table {
  readonly caption: string;
  readonly columns: readonly string[];
  /** A cell that is a number, perhaps with a unit, is set to the right. */
  readonly rows: readonly (readonly string[])[];
}

export interface Report {
  readonly title: string;
  /** The first says what matters most. */
  readonly paragraphs: readonly string[];
  readonly tables: readonly Table[];
  /** Buttons: an id for the page's owner and a label. */
  readonly actions: readonly { readonly id: string; readonly label: string }[];
}

/** The page's body. `copyLabel` is the button that copies a table; buttons carry `data-action`, `copy-N` for table N. */
export function reportHtml(report: Report, copyLabel: string): string {
  const button = (action: string, label: string) =>
    `<button type="button" data-action="${escapeHtml(action)}">${escapeHtml(label)}</button>`;
  const [lead, ...more] = report.paragraphs;
  return [
    '<main>',
    `<h1>${escapeHtml(report.title)}</h1>`,
    ...(lead === undefined ? [] : [`<p class="lead">${escapeHtml(lead)}</p>`]),
    ...(report.actions.length === 0
      ? []
      : [`<p class="actions">${report.actions.map(({ id, label }) => button(id, label)).join(' ')}</p>`]),
    ...more.map((text) => `<p>${escapeHtml(text)}</p>`),
    ...report.tables.map((table, i) => tableHtml(table, button(`copy-${i}`, copyLabel))),
    '</main>',
  ].join('\n');
}

function tableHtml({ caption, columns, rows }: Table, copy: string): string {
  const cell = (text: string, i: number): string => {
    if (i === 0) return `<th scope="row">${escapeHtml(text)}</th>`;
    return `<td${isFigure(text) ? ' class="figure"' : ''}>${escapeHtml(text)}</td>`;
  };
  return [
    '<section>',
    `<h2>${escapeHtml(caption)}</h2>`,
    `<table aria-label="${escapeHtml(caption)}">`,
    `<thead><tr>${columns.map((name) => `<th scope="col">${escapeHtml(name)}</th>`).join('')}</tr></thead>`,
    `<tbody>${rows.map((row) => `<tr>${row.map(cell).join('')}</tr>`).join('\n')}</tbody>`,
    '</table>',
    `<p class="actions">${copy}</p>`,
    '</section>',
  ].join('\n');
}

/** A number, perhaps with a unit; a sentence that begins with one is none. */
const isFigure = (text: string): boolean => /^[-−+–]?(\d.{0,15})?$/.test(text);

/** A table as tab-separated lines, which spreadsheets and papers take. */
export const tableText = ({ columns, rows }: Table): string =>
  [columns, ...rows].map((row) => row.map((cell) => cell.replaceAll(/[\t\n]/g, ' ')).join('\t')).join('\n');

/** The whole report as plain text. */
export const reportText = ({ title, paragraphs, tables }: Report): string =>
  [title, ...paragraphs, ...tables.flatMap((table) => [table.caption, tableText(table)])].join('\n\n');
