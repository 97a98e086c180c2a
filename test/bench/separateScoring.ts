/**
 * Scoring as it would be without sharing: each request, context and candidate, goes through the model by itself, padded to the longest
 * of its batch, and every place of it through the head. What the evaluation is measured beside.
 */
import type { Backend } from '../../engine/src/backends/backend.ts';
import { Graph } from '../../engine/src/graph/index.ts';
import { attentionAttributes, headName, llamaHidden, parameterValue } from '../../engine/src/model/llama.ts';
import type { LlamaConfig, LoadedModel, ModelToLoad } from '../../engine/src/model/model.ts';
import { allocateTensors, disposeBuffers } from '../../engine/src/model/weights.ts';

export interface Request {
  readonly ids: ArrayLike<number>;
  readonly scored: number;
}

/** `tokens`: of a batch, padding included; 1: one request after the other. */
export async function openSeparate({ config, tensors }: LoadedModel | ModelToLoad, backend: Backend) {
  const buffers = await allocateTensors(backend, tensors);
  const graph = separateGraph(config);
  const score = async (requests: readonly Request[], tokens: number): Promise<number[]> => {
    const sums = new Array<number>(requests.length).fill(0);
    const order = [...requests.keys()].sort((a, b) => requests[b]!.ids.length - requests[a]!.ids.length);
    while (order.length > 0) {
      const length = requests[order[0]!]!.ids.length - 1;
      const some = order.splice(0, Math.max(1, Math.floor(tokens / length)));
      const size = some.length * length;
      const feeds = {
        ids: new Int32Array(size),
        positions: Int32Array.from({ length: size }, (_, at) => at % length),
        segments: new Int32Array(size),
        at: Int32Array.from({ length: size }, (_, at) => at),
        targets: new Int32Array(size).fill(-1),
      };
      for (const [row, i] of some.entries()) {
        const { ids } = requests[i]!;
        for (let at = 0; at + 1 < ids.length; at++) {
          feeds.ids[row * length + at] = ids[at]!;
          feeds.targets[row * length + at] = ids[at + 1]!;
        }
      }
      const executable = await backend.compile(graph, { batch: some.length, sequence: length, places: size });
      const { logLikelihoods } = await executable.run(feeds, buffers);
      executable.dispose();
      for (const [row, i] of some.entries()) {
        const end = row * length + requests[i]!.ids.length - 1;
        for (let at = end - requests[i]!.scored; at < end; at++) sums[i]! += logLikelihoods![at]!;
      }
    }
    return sums;
  };
  return { score, dispose: () => disposeBuffers(buffers) };
}

function separateGraph(config: LlamaConfig): Graph {
  const graph = new Graph();
  const [ids, positions, segments] = ['ids', 'positions', 'segments'].map((name) =>
    graph.feed(name, ['batch', 'sequence'], 'int32'),
  );
  const [at, targets] = [graph.feed('at', ['places'], 'int32'), graph.feed('targets', ['places', 1], 'int32')];
  const hidden = llamaHidden(graph, config, {
    ids: ids!,
    positions: positions!,
    attend: (_, q, k, v) => graph.add('attention', [q, k, v, segments!], attentionAttributes(config))[0]!,
  });
  const head = parameterValue(graph, config, headName(config));
  graph.output('logLikelihoods', graph.one('headLogProbabilities', [hidden, head, at, targets], {}));
  return graph;
}
