"""The real SentencePiece (C++) as a peer: encodes the lines of files that are named on standard input, in one thread, and
tells the processor time that took, for each file a line of JSON. The lists of ids that Python gets are part of it, a few
hundredths."""
import json
import sys
import time

import sentencepiece

processor = sentencepiece.SentencePieceProcessor(model_file=sys.argv[1])
print(json.dumps({"version": sentencepiece.__version__}), flush=True)
for name in sys.stdin:
    with open(name.strip(), encoding="utf-8", newline="\n") as file:
        lines = file.read().split("\n")
    start = time.process_time()
    ids = processor.encode(lines, out_type=int, num_threads=1)
    seconds = time.process_time() - start
    print(json.dumps({"seconds": seconds, "tokens": sum(len(line) for line in ids)}), flush=True)
