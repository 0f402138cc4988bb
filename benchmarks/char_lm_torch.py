"""The peer of char_lm.py: a GPT-2-like model in plain PyTorch, after nanoGPT's published model and CPU setting.

    pip install torch numpy
    python benchmarks/char_lm_torch.py [--text FILE] [--seed 1] [--threads 1]

Pre-norm blocks without biases, learned positions, tied embeddings, exact GELU, N(0, .02) weights and residual projections
scaled by 1 / sqrt(2 x layers); fused attention (`scaled_dot_product_attention`); no compilation, as in the CPU setting.
"""

import argparse
import math
import time

import numpy as np
import torch
from text_corpora import corpus
from torch import nn
from torch.nn import functional

STEPS, BATCH, LENGTH, LAYERS, HEADS, WIDTH = 2000, 12, 64, 4, 4, 128
CHARACTERS = 1_000_000  # at most


class Block(nn.Module):
    """Attention and a feed-forward part, each after a norm and added to its input."""

    def __init__(self):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(WIDTH, bias=False), nn.LayerNorm(WIDTH, bias=False)
        self.attention, self.attention_out = (
            nn.Linear(WIDTH, 3 * WIDTH, bias=False),
            nn.Linear(WIDTH, WIDTH, bias=False),
        )
        self.wide, self.wide_out = nn.Linear(WIDTH, 4 * WIDTH, bias=False), nn.Linear(4 * WIDTH, WIDTH, bias=False)

    def forward(self, x):
        """Vectors of the same shape, `(batch, length, width)`."""
        batch, length, _ = x.shape
        parts = self.attention(self.norm1(x)).split(WIDTH, dim=2)
        query, key, value = (part.view(batch, length, HEADS, WIDTH // HEADS).transpose(1, 2) for part in parts)
        seen = functional.scaled_dot_product_attention(query, key, value, is_causal=True)
        x = x + self.attention_out(seen.transpose(1, 2).reshape(batch, length, WIDTH))
        return x + self.wide_out(functional.gelu(self.wide(self.norm2(x))))


class Model(nn.Module):
    """The language model: logits from tokens."""

    def __init__(self, vocabulary):
        super().__init__()
        self.tokens, self.positions = nn.Embedding(vocabulary, WIDTH), nn.Embedding(LENGTH, WIDTH)
        self.blocks = nn.Sequential(*[Block() for _ in range(LAYERS)])
        self.norm = nn.LayerNorm(WIDTH, bias=False)
        for name, weight in self.named_parameters():
            if weight.ndim >= 2:
                scale = 1 / math.sqrt(2 * LAYERS) if name.endswith("_out.weight") else 1.0
                nn.init.normal_(weight, std=0.02 * scale)

    def forward(self, tokens):
        """Logits of shape `(batch, length, vocabulary)`."""
        x = self.tokens(tokens) + self.positions.weight[: tokens.shape[1]]
        return self.norm(self.blocks(x)) @ self.tokens.weight.T


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--text")
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, help="processor threads; default: the library's choice")
    arguments = parser.parse_args()
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    torch.manual_seed(arguments.seed)
    characters, tokens = np.unique(list(corpus(arguments.text)[:CHARACTERS]), return_inverse=True)
    tokens = torch.from_numpy(tokens.astype(np.int64))
    held_out = len(tokens) * 9 // 10
    model = Model(len(characters))
    optimizer = torch.optim.AdamW(
        [
            {"params": [weight for weight in model.parameters() if weight.ndim >= 2], "weight_decay": 0.1},
            {"params": [weight for weight in model.parameters() if weight.ndim < 2], "weight_decay": 0.0},
        ],
        lr=1e-3,
        betas=(0.9, 0.99),
    )
    start, busy = time.perf_counter(), time.process_time()
    for step in range(arguments.steps):
        for group in optimizer.param_groups:
            group["lr"] = rate(step, arguments.steps)
        starts = torch.randint(held_out - LENGTH, (BATCH,))
        windows = torch.stack([tokens[first : first + LENGTH + 1] for first in starts])
        loss = loss_of(model, windows)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
    seconds, busy = time.perf_counter() - start, time.process_time() - busy
    print(
        f"PyTorch {torch.__version__}: {len(tokens)} characters, {sum(w.numel() for w in model.parameters())} weights"
    )
    print(f"training {seconds:.1f} s ({busy:.1f} s of processor)")
    print(f"validation loss {validation_loss(model, tokens[held_out:]):.4f} nats a character")


def rate(step, steps):
    if step < 100:
        return 1e-3 * (step + 1) / 101
    return 1e-4 + 0.5 * (1 + math.cos(math.pi * (step - 100) / (steps - 100))) * (1e-3 - 1e-4)


def loss_of(model, windows, reduction="mean"):
    return functional.cross_entropy(model(windows[:, :-1]).flatten(0, 1), windows[:, 1:].flatten(), reduction=reduction)


@torch.no_grad()
def validation_loss(model, tokens):
    """Over the windows that char_lm.py evaluates: side by side, the last one shorter."""
    windows = tokens[: (len(tokens) - 1) // LENGTH * LENGTH + 1].unfold(0, LENGTH + 1, LENGTH)
    total = sum(loss_of(model, part, "sum").item() for part in windows.split(128))
    rest = tokens[len(windows) * LENGTH :][None]
    if rest.shape[1] > 1:
        total += loss_of(model, rest, "sum").item()
    return total / (len(tokens) - 1)


if __name__ == "__main__":
    main()
