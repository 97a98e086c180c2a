"""PyTorch's side of `npm run bench:gpu`: training steps of the same Llama on the same device.

Argument: JSON of a shape with `device` and `precision`. For each line on standard input it makes so many steps and answers with a
line {"seconds", "processor", "tokens", "loss"} (processor: seconds of its own, load of others left out); before the first it tells what it is. All that a person would switch on is on: fused attention and
AdamW, weights in bfloat16 where they are frozen, products in bfloat16 where asked for.
"""

import json
import math
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

task = json.loads(sys.argv[1])
width, heads, kv_heads = task["dim"], task["heads"], task["kvHeads"]
length, batch, vocabulary, rank = task["seq"], task["batch"], task["vocab"], task["lora"]
head_width = width // heads
device = torch.device(task["device"])
half = task["precision"] == "bfloat16"
torch.manual_seed(1)
if device.type == "cpu":
    torch.set_num_threads(task.get("threads", torch.get_num_threads()))
else:
    torch.backends.cuda.matmul.allow_tf32 = False


class Norm(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))

    def forward(self, x):
        wide = x.float()
        return (wide * torch.rsqrt(wide.pow(2).mean(-1, keepdim=True) + 1e-5)).to(x.dtype) * self.weight


class Linear(nn.Module):
    """A product, where asked for with an adapter beside frozen weights."""

    def __init__(self, inputs, outputs, adapted=False):
        super().__init__()
        kept = torch.bfloat16 if rank > 0 and half else torch.float32
        self.weight = nn.Parameter(torch.empty(outputs, inputs, dtype=kept).normal_(0, 0.02))
        self.adapted = adapted and rank > 0
        if self.adapted:
            self.down = nn.Parameter(torch.empty(rank, inputs).normal_(0, 0.02))
            self.up = nn.Parameter(torch.zeros(outputs, rank))

    def forward(self, x):
        y = F.linear(x, self.weight)
        return y + F.linear(F.linear(x, self.down), self.up) * (16 / rank) if self.adapted else y


angles = torch.outer(torch.arange(length).float(), 10000.0 ** (-torch.arange(0, head_width, 2).float() / head_width))
cosines, sines = (torch.cat([f(angles)] * 2, -1).to(device) for f in (torch.cos, torch.sin))
future = torch.full((length, length), -math.inf, device=device).triu(1)


def turned(x):
    a, b = x.chunk(2, -1)
    return (x * cosines + torch.cat([-b, a], -1) * sines).to(x.dtype)


def attention(q, k, v):
    if hasattr(F, "scaled_dot_product_attention"):
        return F.scaled_dot_product_attention(q, k, v, is_causal=True)
    scores = q @ k.transpose(-1, -2) / math.sqrt(head_width) + future
    return scores.softmax(-1).to(v.dtype) @ v


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.before, self.after = Norm(), Norm()
        self.q = Linear(width, width, adapted=True)
        self.k, self.v = (Linear(width, kv_heads * head_width, adapted=True) for _ in range(2))
        self.o = Linear(width, width)
        self.gate, self.up = (Linear(width, task["hidden"]) for _ in range(2))
        self.down = Linear(task["hidden"], width)

    def forward(self, x):
        h = self.before(x)
        q, k, v = (p(h).view(batch, length, -1, head_width).transpose(1, 2) for p in (self.q, self.k, self.v))
        q, k = turned(q), turned(k)
        k, v = (t.repeat_interleave(heads // kv_heads, 1) for t in (k, v))
        x = x + self.o(attention(q, k, v).transpose(1, 2).reshape(batch, length, width))
        h = self.after(x)
        return x + self.down(F.silu(self.gate(h)) * self.up(h))


class Llama(nn.Module):
    def __init__(self):
        super().__init__()
        self.table = nn.Parameter(torch.empty(vocabulary, width).normal_(0, 0.02))
        self.blocks = nn.ModuleList(Block() for _ in range(task["layers"]))
        self.norm = Norm()
        self.head = None if task["tied"] else Linear(width, vocabulary)

    def forward(self, ids, labels):
        x = F.embedding(ids, self.table)
        for block in self.blocks:
            x = block(x)
        x = self.norm(x)
        logits = F.linear(x, self.table) if self.head is None else self.head(x)
        return F.cross_entropy(logits.view(-1, vocabulary).float(), labels.view(-1))


with torch.device(device) if hasattr(torch.device, "__enter__") else torch.no_grad():
    model = Llama()
model = model.requires_grad_(True).to(device)
if rank > 0:
    for name, parameter in model.named_parameters():
        parameter.requires_grad_(name.split(".")[-1] in ("down", "up") and ".mlp" not in name and parameter.dim() == 2)
trained = [p for p in model.parameters() if p.requires_grad]
optimizer = torch.optim.AdamW(trained, lr=3e-4, weight_decay=0.01, **({"fused": True} if device.type == "cuda" else {}))
ids = torch.randint(0, vocabulary, (batch, length), device=device)


def step():
    with torch.autocast(device.type, dtype=torch.bfloat16, enabled=half):
        # The same number of predictions as ours has: each token but the first of a row.
        loss = model(ids, torch.roll(ids, -1, 1))
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(trained, 1.0)
    optimizer.step()
    return loss


def settle():
    if device.type == "cuda":
        torch.cuda.synchronize()


def tell(**line):
    print(json.dumps(line), flush=True)


name = torch.cuda.get_device_name(device) if device.type == "cuda" else "CPU"
tell(peer=f"PyTorch {torch.__version__}", device=name, trainable=sum(p.numel() for p in trained))
for line in sys.stdin:
    settle()
    start, used = time.perf_counter(), time.process_time()
    for _ in range(int(line)):
        loss = step()
    settle()
    seconds, processor = time.perf_counter() - start, time.process_time() - used
    tell(seconds=seconds, processor=processor, tokens=int(line) * batch * length, loss=float(loss))
