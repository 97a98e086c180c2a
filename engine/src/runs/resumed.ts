/** What a resumed run says in its log where its curve will not be the one that it would have drawn without the stop. */
import type { Backend } from '../backends/backend.ts';
import { dataOrder } from '../data/order.ts';
import type { RunStatus } from '../protocol.ts';
import type { RunRecord } from './directory.ts';

/** The very same curve is one device's; `native` computes it with any number of threads. */
export function otherDevice(
  before: Pick<RunStatus, 'backend' | 'device'> | undefined,
  { name, device }: Pick<Backend, 'name' | 'device'>,
): string | undefined {
  const { backend, device: was } = before ?? {};
  const computing = (one: string | undefined) => (name === 'native' ? one?.replace(/, \d+ threads?$/, '') : one);
  if (backend === undefined || (backend === name && computing(was) === computing(device))) return undefined;
  return `so far it computed with ${backend} on ${was ?? 'another device'}: from here on the last bits of its curve may be others`;
}

/** `step`: the one that it goes on from. */
export function otherOrder(
  {
    dataOrder: before = 1,
    spec: { data },
  }: Pick<RunRecord, 'dataOrder'> & { readonly spec: Pick<RunRecord['spec'], 'data'> },
  step: number,
): string | undefined {
  if (step === 0 || before === dataOrder || data[0]?.weight === undefined) return undefined;
  return (
    `it began with a version that mixed files with weights in another order: after step ${step} documents come in today's order, ` +
    'so that some are read again and others later, and the curve is another than without the stop'
  );
}
