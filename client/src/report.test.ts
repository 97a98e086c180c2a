import { describe, expect, it } from 'vitest';
import type { Report } from './report.ts';
import { reportHtml, reportText, tableText } from './report.ts';

const report: Report = {
  title: 'Merged <Vocabulary>',
  paragraphs: ['a.txt costs 9 instead of 21 tokens: 57.1 % fewer.', 'Recipe: "ranked" & more.'],
  tables: [
    {
      caption: 'Pieces',
      columns: ['', 'Count', 'File'],
      rows: [
        ['Base', '32,000', 'x<y>.model'],
        ['Change', '−57.1 %', ''],
      ],
    },
  ],
  actions: [{ id: 'use', label: 'Use It' }],
};

describe('a report', () => {
  const html = reportHtml(report, 'Copy Table');

  it('lets no text become markup', () => {
    expect(html).toContain('Merged &lt;Vocabulary&gt;');
    expect(html).toContain('x&lt;y&gt;.model');
    expect(html).toContain('&quot;ranked&quot; &amp; more');
    expect(html).not.toMatch(/<y>|<Vocabulary>/);
  });

  it('has its buttons, and one to copy each table', () => {
    expect([...html.matchAll(/data-action="([^"]+)"/g)].map(([, action]) => action)).toEqual(['use', 'copy-0']);
  });

  it('sets figures to the right and heads rows and columns', () => {
    expect(html).toContain('<th scope="row">Base</th><td class="figure">32,000</td><td>x&lt;y&gt;.model</td>');
    expect(html).toContain('<th scope="col">File</th>');
    expect(html).toContain('<td class="figure">−57.1 %</td>');
    const told = {
      ...report,
      tables: [{ caption: '', columns: ['', ''], rows: [['a', '22 pieces are merged there']] }],
    };
    expect(reportHtml(told, '')).toContain('<td>22 pieces are merged there</td>');
  });

  it('holds no inline style, script or handler, which the content policy forbids', () => {
    expect(html).not.toMatch(/<script|<style|\sstyle=|\son\w+=/);
  });

  it('is text for papers and spreadsheets', () => {
    expect(tableText(report.tables[0]!)).toBe('\tCount\tFile\nBase\t32,000\tx<y>.model\nChange\t−57.1 %\t');
    expect(reportText(report)).toContain('57.1 % fewer.\n\nRecipe:');
  });
});
