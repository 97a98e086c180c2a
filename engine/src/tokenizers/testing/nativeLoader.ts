/**
 * SentencePiece's own C++ library, by way of Debian's Python package, on many models that may be damaged: each is loaded in a
 * process of its own, since some crash it.
 */
import { spawn, spawnSync } from 'node:child_process';

const python = '/usr/bin/python3';

export interface Loaded {
  readonly state: 'loaded' | 'refused' | 'crashed';
  /** Ids of each text, where it was loaded. */
  readonly ids?: readonly (readonly number[])[];
}

export const hasLoader = spawnSync(python, ['-c', 'import sentencepiece'], { stdio: 'ignore' }).status === 0;

/** Reads {"models": [base64…], "texts": […]}; writes a JSON line for each model. */
const program = `
import base64, json, os, signal, sys, sentencepiece
asked = json.load(sys.stdin)
for model in asked["models"]:
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        signal.alarm(20)
        answer = {"state": "refused"}
        try:
            processor = sentencepiece.SentencePieceProcessor()
            if processor.LoadFromSerializedProto(base64.b64decode(model)) is not False:
                answer = {"state": "loaded", "ids": [processor.encode(text) for text in asked["texts"]]}
        except Exception:
            pass
        os.write(writer, json.dumps(answer).encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        answer = pipe.read()
    os.waitpid(child, 0)
    print(answer.decode() or '{"state": "crashed"}')
`;

export async function loadAll(models: readonly Uint8Array[], texts: readonly string[]): Promise<Loaded[]> {
  const child = spawn(python, ['-c', program], { stdio: ['pipe', 'pipe', 'inherit'] });
  const out: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  child.stdin.end(JSON.stringify({ models: models.map((model) => Buffer.from(model).toString('base64')), texts }));
  await new Promise((resolve, reject) => child.on('close', resolve).on('error', reject));
  const lines = Buffer.concat(out).toString('utf8').trim().split('\n');
  if (lines.length !== models.length) throw new Error(`${lines.length} answers to ${models.length} models`);
  return lines.map((line) => JSON.parse(line) as Loaded);
}
