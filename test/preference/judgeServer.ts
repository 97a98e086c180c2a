/** A judge's server for tests: chat completions over real HTTP on this machine, which fails as it is told to, in the ways real ones do. */
import http from 'node:http';
import type { AddressInfo } from 'node:net';

/** What is done with one request. */
export type Act =
  | { readonly say: string; readonly finish?: 'stop' | 'length'; readonly parts?: boolean }
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string }
  /** Nothing, until the other side gives up. */
  | 'silence'
  /** The connection ends without a word. */
  | 'reset'
  /** Half of what was announced, then the connection ends. */
  | 'half'
  /** Half a JSON text, properly ended. */
  | 'torn'
  /** A page, as of a proxy that wants to be logged into, with status 200. */
  | 'page'
  /** Blanks without an end. */
  | 'endless'
  /** JSON, but no completion. */
  | 'other';

export interface Asked {
  readonly path: string;
  readonly authorization: string | undefined;
  readonly body: {
    readonly model: string;
    readonly messages: readonly { readonly role: string; readonly content: string }[];
    readonly [field: string]: unknown;
  };
}

export interface JudgeServer {
  /** `http://127.0.0.1:PORT/v1` */
  readonly url: string;
  readonly asked: readonly Asked[];
  /** Most requests that were under way at once. */
  readonly mostAtOnce: () => number;
  close(): Promise<void>;
}

/** `script` is asked of each request, with its number from 0. */
export async function judgeServer(script: (asked: Asked, number: number) => Act | Promise<Act>): Promise<JudgeServer> {
  const asked: Asked[] = [];
  let now = 0;
  let most = 0;
  const server = http.createServer((request, response) => {
    most = Math.max(most, ++now);
    response.on('close', () => now--);
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const body = JSON.parse(Buffer.concat(parts).toString('utf8')) as Asked['body'];
      const one = { path: request.url ?? '', authorization: request.headers.authorization, body };
      asked.push(one);
      void Promise.resolve(script(one, asked.length - 1)).then((act) => perform(act, response));
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    asked,
    mostAtOnce: () => most,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

const completion = (text: string, finish: string, parts: boolean): string =>
  JSON.stringify({
    id: 'chatcmpl-1',
    object: 'chat.completion',
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: parts ? [{ type: 'text', text }] : text },
        finish_reason: finish,
      },
    ],
    usage: { prompt_tokens: 100, completion_tokens: 10, total_tokens: 110 },
  });

function perform(act: Act, response: http.ServerResponse): void {
  const json = { 'content-type': 'application/json' };
  if (act === 'silence') return;
  if (act === 'reset') {
    response.socket?.resetAndDestroy();
    return;
  }
  const whole = completion('Both are fine. [[A]]', 'stop', false);
  if (act === 'half') {
    response.writeHead(200, { ...json, 'content-length': String(Buffer.byteLength(whole)) });
    response.write(whole.slice(0, whole.length / 2), () => response.socket?.destroy());
  } else if (act === 'torn') {
    response.writeHead(200, json).end(whole.slice(0, whole.length / 2));
  } else if (act === 'page') {
    response
      .writeHead(200, { 'content-type': 'text/html; charset=utf-8' })
      .end('<html><body>Log in [[A]]</body></html>');
  } else if (act === 'endless') {
    response.writeHead(200, json);
    const more = (): void => {
      while (!response.destroyed && response.write(' '.repeat(65_536)));
    };
    response.on('drain', more);
    more();
  } else if (act === 'other') {
    response.writeHead(200, json).end('{"object":"list","data":[]}');
  } else if ('say' in act) {
    response.writeHead(200, json).end(completion(act.say, act.finish ?? 'stop', act.parts ?? false));
  } else {
    response.writeHead(act.status, { ...json, ...act.headers }).end(act.body ?? '');
  }
}

/** Which of two answers was shown first, where answers are `A …` and `B …` as the tests' are. */
export function firstShown({ body }: Asked): 'a' | 'b' {
  const text = body.messages.at(-1)!.content;
  return /<(?:answer|답변)-A>\nA/.test(text) ? 'a' : 'b';
}

/** The verdict token for a side, whatever place it was shown in. */
export const tokenFor = (asked: Asked, side: 'a' | 'b'): string => (firstShown(asked) === side ? '[[A]]' : '[[B]]');
