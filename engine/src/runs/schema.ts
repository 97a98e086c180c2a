/** The run spec's schema at work: what a value breaks of it. */
import schema from '../../schemas/run.schema.json' with { type: 'json' };
import { complaintsUnder } from '../base/schemaComplaints.ts';

export const schemaComplaints = complaintsUnder(schema);
