/** What happens to gradients: sums in buffers, the norm, and AdamW's step. */
import type { Emitter } from '../programBuilder.ts';

export const accumulate: Emitter<'accumulate'> = ({ inputs: [sum, x] }, builder) => {
  const { t } = builder;
  const into = builder.of(sum);
  const scattered = builder.scattered(x!);
  builder.change(
    sum!,
    scattered !== undefined && builder.ends(x!)
      ? t.setRows(into, t.add(t.getRows(into, scattered.at), scattered.rows), scattered.at)
      : t.addInto(into, builder.of(x)),
  );
};

export const clear: Emitter<'clear'> = ({ inputs: [x] }, builder) => {
  builder.change(x!, builder.t.fill(builder.of(x), 0));
};

export const sumOfSquares: Emitter<'sumOfSquares'> = ({ inputs }, builder) => {
  const { t } = builder;
  const sums = inputs.map((value) => t.sum(t.sqr(builder.of(value))));
  builder.give(
    0,
    sums.reduce((a, b) => t.add(a, b)),
  );
};

export const clipFactor: Emitter<'clipFactor'> = ({ inputs: [sum], attributes: { maxNorm } }, builder) => {
  const { t } = builder;
  const one = [1, 1, 1, 1] as const;
  if (maxNorm === 0) builder.give(0, t.copy(builder.constant(one, 1)));
  else builder.give(0, t.clamp(t.div(builder.constant(one, maxNorm), t.scale(t.sqrt(builder.of(sum)), 1, 1e-6)), 0, 1));
};

export const adamw: Emitter<'adamw'> = ({ inputs, attributes: { beta1, beta2, epsilon, weightDecay } }, builder) => {
  const { t } = builder;
  const [w, m, v, gradient, factor, learningRate, corrections] = inputs;
  const rate = builder.feed(learningRate, 'the learning rate');
  const corrected = builder.feed(corrections, 'corrections');
  const key = `adamw ${rate} ${corrected} ${beta1} ${beta2} ${epsilon} ${weightDecay}`;
  const numbers = builder.input(key, 'float32', [7, 1, 1, 1], (feeds) => {
    const [c1, c2] = feeds.of(corrected);
    return Float32Array.of(feeds.of(rate)[0]!, beta1, beta2, epsilon, weightDecay, 1 / c1!, 1 / c2!);
  });
  const scaled = t.mul(builder.of(gradient), builder.of(factor));
  const [weights, first, second] = [builder.of(w), builder.of(m), builder.of(v)];
  builder.change(w!, t.adamw(weights, scaled, first, second, numbers));
};
