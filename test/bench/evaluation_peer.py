#!/usr/bin/python3
"""A peer for scoring: what lm-evaluation-harness does with a Llama in PyTorch on the CPU. Each candidate goes through the model with its
whole context; requests are sorted by length, in batches of 8, padded on the right; log_softmax over all logits, then the candidate's.

usage: evaluation_peer.py FOLDER THREADS
FOLDER has config.json, weights.bin (float32, in the order of config's tensors) and requests.json ([[ids], scored] each, written before
each line). A line "1" on standard input: one JSON line with the seconds it took (of the processor, all threads) and the sums.
"""
import json, math, os, sys, time
import torch, torch.nn.functional as F

folder, threads = sys.argv[1], int(sys.argv[2])
torch.set_num_threads(threads)
config = json.load(open(os.path.join(folder, 'config.json')))
data = torch.from_file(os.path.join(folder, 'weights.bin'), size=config['elements'], dtype=torch.float32)
weights, at = {}, 0
for name, shape in config['tensors']:
    size = math.prod(shape)
    weights[name] = data[at:at + size].view(shape)
    at += size
D, H, KV, HD = config['hiddenSize'], config['heads'], config['kvHeads'], config['headDim']
frequencies = 1 / (config['ropeTheta'] ** (torch.arange(0, HD, 2).float() / HD))
angle = torch.outer(torch.arange(config['contextLength']).float(), frequencies)
cos, sin = torch.cat([angle.cos()] * 2, -1), torch.cat([angle.sin()] * 2, -1)
head = weights['model.embed_tokens.weight' if config['tiedHead'] else 'lm_head.weight']
norm = lambda x, w: x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + config['rmsNormEpsilon']) * w


def model(ids):
    B, S = ids.shape
    x = weights['model.embed_tokens.weight'][ids]
    mask = torch.full((S, S), -math.inf).triu(1)
    split = lambda y, n: y.view(B, S, n, HD).transpose(1, 2)
    rope = lambda y: y * cos[:S] + torch.cat([-y[..., HD // 2:], y[..., :HD // 2]], -1) * sin[:S]
    for layer in range(config['layers']):
        w = lambda name: weights[f'model.layers.{layer}.{name}.weight']
        h = norm(x, w('input_layernorm'))
        q, k = rope(split(h @ w('self_attn.q_proj').t(), H)), rope(split(h @ w('self_attn.k_proj').t(), KV))
        v = split(h @ w('self_attn.v_proj').t(), KV)
        k, v = k.repeat_interleave(H // KV, 1), v.repeat_interleave(H // KV, 1)
        y = (q @ k.transpose(-1, -2) / math.sqrt(HD) + mask).softmax(-1) @ v
        x = x + y.transpose(1, 2).reshape(B, S, H * HD) @ w('self_attn.o_proj').t()
        h = norm(x, w('post_attention_layernorm'))
        x = x + (F.silu(h @ w('mlp.gate_proj').t()) * (h @ w('mlp.up_proj').t())) @ w('mlp.down_proj').t()
    return norm(x, weights['model.norm.weight']) @ head.t()


def score(requests):
    sums = [0.0] * len(requests)
    order = sorted(range(len(requests)), key=lambda i: -len(requests[i][0]))
    for start in range(0, len(order), 8):
        some = order[start:start + 8]
        longest = max(len(requests[i][0]) - 1 for i in some)
        batch = torch.zeros(len(some), longest, dtype=torch.long)
        for row, i in enumerate(some):
            ids = requests[i][0][:-1]
            batch[row, :len(ids)] = torch.tensor(ids)
        logs = F.log_softmax(model(batch), dim=-1)
        for row, i in enumerate(some):
            ids, scored = requests[i]
            wanted = torch.tensor(ids[-scored:])
            mine = logs[row, len(ids) - 1 - scored:len(ids) - 1]
            sums[i] = float(mine.gather(1, wanted[:, None]).sum())
    return sums


print(json.dumps({'torch': torch.__version__}), flush=True)
with torch.no_grad():
    for line in sys.stdin:
        requests = json.load(open(os.path.join(folder, 'requests.json')))
        cpu, wall = time.process_time(), time.perf_counter()
        sums = score(requests)
        print(json.dumps({'cpu': time.process_time() - cpu, 'wall': time.perf_counter() - wall, 'sums': sums}), flush=True)
