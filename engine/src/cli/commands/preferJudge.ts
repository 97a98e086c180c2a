/** What `bllossom prefer` does with a judge: its options, what it would cost, and asking it. */
import { plural } from '../../base/plural.ts';
import { type Problem, type Result, bad, ok } from '../../base/problem.ts';
import type { Work } from '../../base/progress.ts';
import { openModel } from '../../generation/openModel.ts';
import { httpJudge, type HttpJudge } from '../../preference/httpJudge.ts';
import type { Judge } from '../../preference/judge.ts';
import { JudgeCache, verdictsCacheFile } from '../../preference/judgeCache.ts';
import { type JudgeLanguage, judgeLanguages } from '../../preference/judgePrompts.ts';
import {
  estimateJudge,
  type JudgeEstimate,
  judgeRater,
  openQuestions,
  type Price,
} from '../../preference/judgeWork.ts';
import { proxyFromEnvironment } from '../../preference/proxy.ts';
import { localJudge } from '../../preference/localJudge.ts';
import { type JudgeRun, runJudge } from '../../preference/runJudge.ts';
import { readSide } from '../../preference/sides.ts';
import type { ComparisonData } from '../../preference/types.ts';
import { readTokenizerFile } from '../../tokenizers/index.ts';
import type { CommandInput, OptionDescription } from '../command.ts';
import { type Compute, numberOption, wholeNumber } from '../computeOptions.ts';
import { failuresOf } from '../preferLines.ts';

export const judgeOptions = {
  judge: { type: 'string', placeholder: 'URL', description: "a judge's address that speaks OpenAI's chat completions" },
  'judge-model': { type: 'string', placeholder: 'NAME', description: "the judge's name at that address" },
  'judge-key-env': {
    type: 'string',
    placeholder: 'VARIABLE',
    description: 'the environment variable that holds the key for it',
  },
  'judge-model-dir': {
    type: 'string',
    placeholder: 'DIR[+ADAPTER]',
    description: 'a model on this machine as the judge',
  },
  'judge-language': {
    type: 'string',
    placeholder: judgeLanguages.join('|'),
    description: 'in which language it is asked; auto, the default: in Korean about prompts in Hangul',
  },
  'judge-max-tokens': {
    type: 'string',
    placeholder: 'N',
    description: 'tokens of its reply at most; 1024 by default',
  },
  'judge-temperature': { type: 'string', placeholder: 'T', description: 'of its replies; 0 by default' },
  'judge-concurrency': {
    type: 'string',
    placeholder: 'N',
    description: 'questions under way at once; 4 by default',
  },
  'judge-timeout': {
    type: 'string',
    placeholder: 'SECONDS',
    description: 'a reply that takes longer is asked for again; 120 by default',
  },
  'judge-attempts': {
    type: 'string',
    placeholder: 'N',
    description: 'how often a question is asked at most; 6 by default',
  },
  'judge-tokenizer': { type: 'string', placeholder: 'FILE|DIR', description: 'counts tokens for the estimate' },
  'judge-cache': {
    type: 'string',
    placeholder: 'FILE',
    description: "where verdicts are kept for other comparisons; the user's cache folder by default",
  },
  'price-in': { type: 'string', placeholder: 'PRICE', description: 'of a million tokens sent, for the estimate' },
  'price-out': { type: 'string', placeholder: 'PRICE', description: 'of a million tokens received' },
  yes: { type: 'boolean', description: 'send what the estimate says; without it only the estimate is made' },
} as const satisfies Readonly<Record<string, OptionDescription>>;

/** What holds where an option is not given; so that one given to nobody is noticed, the parser knows of no default. */
const defaults = {
  ...{ 'judge-language': 'auto', 'judge-max-tokens': '1024', 'judge-temperature': '0' },
  ...{ 'judge-concurrency': '4', 'judge-timeout': '120', 'judge-attempts': '6' },
} as const satisfies Partial<Record<keyof typeof judgeOptions, string>>;

/** Of a judge behind an address alone. */
const remote = [
  ...['judge-model', 'judge-key-env', 'judge-temperature', 'judge-concurrency', 'judge-timeout'],
  ...['judge-tokenizer', 'price-in', 'price-out'],
] as const;

interface Numbers {
  readonly maxTokens: number;
  readonly temperature: number;
  readonly concurrency: number;
  readonly timeout: number;
  readonly attempts: number;
}

/** A judge as asked for, its options checked; nothing is opened or sent yet. */
export type AskedJudge = {
  readonly language: JudgeLanguage;
  readonly numbers: Numbers;
  /** Undefined: nothing is kept. */
  readonly cacheFile: string | undefined;
} & (
  | { readonly kind: 'local'; readonly word: string }
  | {
      readonly kind: 'http';
      readonly judge: HttpJudge;
      readonly price: Price | undefined;
      readonly tokenizer: string | undefined;
      readonly yes: boolean;
    }
);

/** Undefined where no judge is asked for. `environment` holds the key. */
export function readJudgeOptions(
  given: CommandInput['values'],
  environment: Readonly<Record<string, string | undefined>>,
): Result<AskedJudge | undefined> {
  const values: CommandInput['values'] = { ...defaults, ...given };
  const { judge: url, 'judge-model': model, 'judge-model-dir': word, 'judge-key-env': variable } = values;
  if (url === undefined && word === undefined) {
    const alone = Object.keys(judgeOptions).find((name) => given[name] !== undefined);
    return alone === undefined
      ? ok(undefined)
      : bad('there is no judge that this is for', { name: `--${alone}` }, 'Add --judge URL or --judge-model-dir DIR.');
  }
  if (url !== undefined && word !== undefined)
    return bad('one judge at a time is asked', { name: '--judge-model-dir' }, 'Leave out this or --judge.');
  const without = word === undefined ? undefined : remote.find((name) => given[name] !== undefined);
  if (without !== undefined)
    return bad('this is for a judge behind an address', { name: `--${without}` }, 'Leave it out, or take --judge URL.');
  const language = judgeLanguages.find((known) => known === values['judge-language']);
  if (language === undefined)
    return bad(
      `there is no ${JSON.stringify(values['judge-language'])}`,
      { name: '--judge-language' },
      `Take one of: ${judgeLanguages.join(', ')}.`,
    );
  const numbers = readNumbers(values);
  if (!numbers.ok) return numbers;
  const { 'judge-cache': cache } = values;
  const shared = {
    language,
    numbers: numbers.value,
    cacheFile: typeof cache === 'string' ? cache : verdictsCacheFile(environment),
  };
  if (typeof word === 'string') return ok({ ...shared, kind: 'local', word });
  if (typeof model !== 'string')
    return bad('the option --judge-model is missing', undefined, 'Name the model that judges at that address.');
  const key = typeof variable === 'string' ? environment[variable]?.trim() : undefined;
  if (typeof variable === 'string' && (key === undefined || key === ''))
    return bad(
      `there is no environment variable ${variable}, or it is empty`,
      { name: '--judge-key-env' },
      'Set it to the key; the key itself never stands on a command line.',
    );
  const { maxTokens, temperature, concurrency, timeout } = numbers.value;
  const judge = httpJudge({
    url: url as string,
    model,
    ...(key === undefined ? {} : { key }),
    ...{ maxTokens, temperature, concurrency, timeoutMs: timeout * 1000, proxy: proxyFromEnvironment(environment) },
  });
  if (!judge.ok) return judge;
  const price = readPrice(values);
  if (!price.ok) return price;
  const { 'judge-tokenizer': tokenizer, yes } = values;
  return ok({
    ...shared,
    kind: 'http',
    judge: judge.value,
    price: price.value,
    tokenizer: typeof tokenizer === 'string' ? tokenizer : undefined,
    yes: yes === true,
  });
}

function readNumbers(values: CommandInput['values']): Result<Numbers> {
  const whole = (name: string) => wholeNumber(values[name], `--${name}`, 1);
  const maxTokens = whole('judge-max-tokens');
  if (!maxTokens.ok) return maxTokens;
  const concurrency = whole('judge-concurrency');
  if (!concurrency.ok) return concurrency;
  const attempts = whole('judge-attempts');
  if (!attempts.ok) return attempts;
  const temperature = numberOption(values['judge-temperature'], '--judge-temperature', 0, 2);
  if (!temperature.ok) return temperature;
  const timeout = numberOption(values['judge-timeout'], '--judge-timeout', 0.1, 3600);
  if (!timeout.ok) return timeout;
  return ok({
    maxTokens: maxTokens.value,
    temperature: temperature.value,
    concurrency: concurrency.value,
    timeout: timeout.value,
    attempts: attempts.value,
  });
}

function readPrice(values: CommandInput['values']): Result<Price | undefined> {
  const { 'price-in': prompt, 'price-out': reply } = values;
  if (prompt === undefined && reply === undefined) return ok(undefined);
  const sent = numberOption(prompt ?? '', '--price-in', 0, 1e6);
  if (!sent.ok) return sent;
  const received = numberOption(reply ?? '', '--price-out', 0, 1e6);
  return received.ok ? ok({ prompt: sent.value, reply: received.value }) : received;
}

export type Judged =
  /** Nothing was sent: --yes is wanted. */
  | {
      readonly state: 'estimate';
      readonly estimate: JudgeEstimate;
      readonly address: string;
      readonly proxy: string | undefined;
      readonly readable: boolean;
    }
  | { readonly state: 'done'; readonly run: JudgeRun; readonly name: string }
  /** The judge could not go on; what it said before is kept. */
  | { readonly state: 'failed'; readonly problem: Problem };

export async function askJudge(
  asked: AskedJudge,
  data: ComparisonData,
  { backend, ...options }: Compute,
  work: Work,
): Promise<Result<Judged>> {
  const cache = asked.cacheFile === undefined ? undefined : await JudgeCache.open(asked.cacheFile);
  const { language, numbers } = asked;
  const how = { language, cache, attempts: numbers.attempts };
  try {
    if (asked.kind === 'http') {
      const estimate = await estimateOf(asked, data, cache);
      if (!estimate.ok) return estimate;
      const { address, proxy, readable } = asked.judge;
      if (estimate.value.questions > 0 && !asked.yes)
        return ok({ state: 'estimate', estimate: estimate.value, address, proxy, readable });
      return judged(await runJudge(data, asked.judge, how, work), asked.judge);
    }
    const side = await readSide(asked.word, '--judge-model-dir');
    if (!side.ok) return side;
    const { name, source } = side.value;
    if (source.kind !== 'model')
      return bad(
        'this is no model',
        { file: asked.word, name: '--judge-model-dir' },
        'Give a model, or MODEL+ADAPTER.',
      );
    const { model, adapter } = source;
    const choice = {
      model,
      ...(adapter === undefined ? {} : { adapter }),
      ...(backend === undefined ? {} : { backend }),
    };
    const opened = await openModel(choice, options, work);
    if (!opened.ok) return opened;
    try {
      if (!opened.value.tokenizer.ok) return opened.value.tokenizer;
      const judge = localJudge(opened.value, name, source.fingerprint, numbers.maxTokens);
      return judged(await runJudge(data, judge, how, work), judge);
    } finally {
      opened.value.dispose();
    }
  } finally {
    await cache?.close();
  }
}

const judged = (run: Result<JudgeRun>, judge: Judge): Result<Judged> =>
  ok(
    run.ok
      ? { state: 'done', run: run.value, name: judgeRater(judge).name }
      : { state: 'failed', problem: run.problem },
  );

/** What is wrong where a judge was asked and not one verdict came; undefined where some did, or nothing was open. */
export function withoutVerdict(asked: Judged | undefined, data: ComparisonData): Problem | undefined {
  if (asked?.state !== 'done' || asked.run.verdicts > 0 || asked.run.errors === 0) return undefined;
  const { name, run } = asked;
  const failure = failuresOf(data).find(({ judge }) => judge === name);
  const why = failure === undefined ? '' : `, most often (${failure.times}): ${failure.most}`;
  return {
    what: `no verdict came; ${plural(run.errors, 'question')} failed${why}`,
    where: { name },
    remedy: 'Take a judge that can answer, or other settings for it; --resume asks again what failed.',
  };
}

async function estimateOf(
  asked: Extract<AskedJudge, { readonly kind: 'http' }>,
  data: ComparisonData,
  cache: JudgeCache | undefined,
): Promise<Result<JudgeEstimate>> {
  const { judge, language, price } = asked;
  const tokenizer = asked.tokenizer === undefined ? undefined : await readTokenizerFile(asked.tokenizer);
  if (tokenizer?.ok === false) return tokenizer;
  return ok(
    estimateJudge(data, openQuestions(data, judge, language), {
      language,
      maxTokens: judge.maxTokens,
      cached: (key) => cache?.get(key) !== undefined,
      ...(tokenizer === undefined ? {} : { countTokens: (text: string) => tokenizer.value.encode(text).ids.length }),
      price,
    }),
  );
}

/** What would be sent, in lines for people. */
export function estimateLines({
  estimate: { questions, cached, promptTokens, replyTokens, counted, cost },
  address,
  proxy,
  readable,
}: Extract<Judged, { readonly state: 'estimate' }>): string[] {
  const money =
    cost === undefined ? 'unknown: give --price-in and --price-out' : `${cost.toFixed(2)} at most, without retries`;
  return [
    `${plural(questions, 'question')} would be sent to ${address}${cached === 0 ? '' : ` (${cached} more known already)`}`,
    ...(proxy === undefined ? [] : [`through the proxy ${proxy}`]),
    `tokens sent      about ${promptTokens}${counted === 'bytes' ? ', guessed from their bytes' : ''}`,
    `tokens received  ${replyTokens} at most`,
    `cost             ${money}`,
    ...(readable ? ['the address is not encrypted (http): others on the way could read the key and the texts'] : []),
    'Nothing has been sent. Add --yes to send them.',
  ];
}
