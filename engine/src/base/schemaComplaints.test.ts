import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { complaintsUnder } from './schemaComplaints.ts';

const folder = path.resolve(import.meta.dirname, '../../schemas');

describe('our schemas', () => {
  // Those in English, and in ko/ in Korean.
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.json'));
  it.each(names)('%s is a schema of draft 7, since no process checks that', (name) => {
    const schema = JSON.parse(readFileSync(path.join(folder, name), 'utf8')) as object;
    const ajv = new Ajv({ strict: false });
    expect([ajv.validateSchema(schema), ajv.errors]).toEqual([true, null]);
    expect(complaintsUnder(schema)([])).not.toEqual([]);
  });
});
