#!/usr/bin/env python3
"""Train the seed model: a small Llama-architecture language model, on the CPU.

The learning rate follows warmup - stable - decay. Progress is measured either
in steps (--steps) or in wall-clock time (--minutes), because the share of the
processor that a low-priority run gets is not known beforehand. A run that is
stopped (SIGINT or SIGTERM) saves its state; --resume continues it, with a new
plan if --steps, --minutes or --decay changed.

Written to --out:

  model.safetensors, config.json   Hugging Face Llama names and conventions
  state.npz                        weights and AdamW moments, for --resume
"""

import argparse
import csv
import json
import math
import os
import signal
import time
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from safetensors.numpy import save_file
from tokenizers import Tokenizer

from corpus import DOCUMENT_SEPARATOR

CONFIG = {
    "architectures": ["LlamaForCausalLM"],
    "model_type": "llama",
    "vocab_size": 2048,
    "hidden_size": 256,
    "intermediate_size": 768,
    "num_hidden_layers": 4,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 64,
    "max_position_embeddings": 512,
    "rms_norm_eps": 1e-5,
    "rope_theta": 10000.0,
    "rope_scaling": None,
    "hidden_act": "silu",
    "attention_bias": False,
    "attention_dropout": 0.0,
    "mlp_bias": False,
    "pretraining_tp": 1,
    "initializer_range": 0.02,
    "tie_word_embeddings": True,
    "bos_token_id": 0,
    "eos_token_id": 1,
    "torch_dtype": "float32",
    "use_cache": True,
}

BOS, EOS = CONFIG["bos_token_id"], CONFIG["eos_token_id"]
CONTEXT = CONFIG["max_position_embeddings"]
LAYERS = CONFIG["num_hidden_layers"]
HEADS = CONFIG["num_attention_heads"]
KV_HEADS = CONFIG["num_key_value_heads"]
HEAD_DIM = CONFIG["head_dim"]
EPS = CONFIG["rms_norm_eps"]


# ---------------------------------------------------------------- the model

def init_weights(seed: int) -> dict:
    """Random weights under their Hugging Face names, shaped (out, in)."""
    rng = np.random.default_rng(seed)
    width, ff = CONFIG["hidden_size"], CONFIG["intermediate_size"]
    std = CONFIG["initializer_range"]
    residual_std = std / math.sqrt(2 * LAYERS)  # keeps the residual sum level

    def normal(shape, scale):
        return rng.normal(0.0, scale, shape).astype(np.float32)

    weights = {
        "model.embed_tokens.weight": normal((CONFIG["vocab_size"], width), std),
        "model.norm.weight": np.ones(width, np.float32),
    }
    for i in range(LAYERS):
        p = f"model.layers.{i}."
        weights |= {
            p + "input_layernorm.weight": np.ones(width, np.float32),
            p + "self_attn.q_proj.weight": normal((HEADS * HEAD_DIM, width), std),
            p + "self_attn.k_proj.weight": normal((KV_HEADS * HEAD_DIM, width), std),
            p + "self_attn.v_proj.weight": normal((KV_HEADS * HEAD_DIM, width), std),
            p + "self_attn.o_proj.weight": normal((width, HEADS * HEAD_DIM), residual_std),
            p + "post_attention_layernorm.weight": np.ones(width, np.float32),
            p + "mlp.gate_proj.weight": normal((ff, width), std),
            p + "mlp.up_proj.weight": normal((ff, width), std),
            p + "mlp.down_proj.weight": normal((width, ff), residual_std),
        }
    return weights


def rms_norm(x, weight):
    return x * jax.lax.rsqrt(jnp.mean(x * x, axis=-1, keepdims=True) + EPS) * weight


def rope_tables():
    """Cosines and sines, (context, head_dim), rotate-half convention."""
    half = HEAD_DIM // 2
    inverse = CONFIG["rope_theta"] ** (-np.arange(half) / half)
    angles = np.outer(np.arange(CONTEXT), inverse)
    angles = np.concatenate([angles, angles], axis=1)
    return np.cos(angles).astype(np.float32), np.sin(angles).astype(np.float32)


ROPE_COS, ROPE_SIN = rope_tables()


def rotate(x):
    """Apply RoPE to x of shape (batch, heads, time, head_dim)."""
    a, b = jnp.split(x, 2, axis=-1)
    length = x.shape[2]
    return x * ROPE_COS[:length] + jnp.concatenate([-b, a], axis=-1) * ROPE_SIN[:length]


def causal_attention(q, k, v):
    """Grouped-query attention; q (batch, heads, time, dim), k and v with fewer
    heads. Query head n reads key/value head n // group. Queries go in blocks,
    each looking only at keys up to its own end, which saves the work that the
    causal mask would throw away."""
    batch, _, time_, _ = q.shape
    group = HEADS // KV_HEADS
    q = q.reshape(batch, KV_HEADS, group, time_, HEAD_DIM) / math.sqrt(HEAD_DIM)
    block, out = max(1, time_ // 4), []
    for start in range(0, time_, block):
        end = min(start + block, time_)
        size = end - start
        part = q[:, :, :, start:end].reshape(batch, KV_HEADS, group * size, HEAD_DIM)
        scores = part @ k[:, :, :end].transpose(0, 1, 3, 2)
        scores = scores.reshape(batch, KV_HEADS, group, size, end)
        mask = jnp.arange(end)[None, :] <= jnp.arange(start, end)[:, None]
        probs = jax.nn.softmax(jnp.where(mask, scores, -1e30), axis=-1)
        mixed = probs.reshape(batch, KV_HEADS, group * size, end) @ v[:, :, :end]
        out.append(mixed.reshape(batch, KV_HEADS, group, size, HEAD_DIM))
    return jnp.concatenate(out, axis=3).reshape(batch, HEADS, time_, HEAD_DIM)


def forward(w, tokens):
    """Logits, (batch, time, vocabulary), for tokens (batch, time)."""
    batch, time_ = tokens.shape
    x = w["model.embed_tokens.weight"][tokens]
    for i in range(LAYERS):
        p = f"model.layers.{i}."
        h = rms_norm(x, w[p + "input_layernorm.weight"])
        qkv = h @ jnp.concatenate([w[p + f"self_attn.{n}_proj.weight"] for n in "qkv"]).T
        q, k, v = jnp.split(qkv, [HEADS * HEAD_DIM, (HEADS + KV_HEADS) * HEAD_DIM], axis=-1)
        q = rotate(q.reshape(batch, time_, HEADS, HEAD_DIM).transpose(0, 2, 1, 3))
        k = rotate(k.reshape(batch, time_, KV_HEADS, HEAD_DIM).transpose(0, 2, 1, 3))
        v = v.reshape(batch, time_, KV_HEADS, HEAD_DIM).transpose(0, 2, 1, 3)
        out = causal_attention(q, k, v).transpose(0, 2, 1, 3).reshape(batch, time_, -1)
        x = x + out @ w[p + "self_attn.o_proj.weight"].T
        h = rms_norm(x, w[p + "post_attention_layernorm.weight"])
        gate = h @ w[p + "mlp.gate_proj.weight"].T
        up = h @ w[p + "mlp.up_proj.weight"].T
        x = x + (jax.nn.silu(gate) * up) @ w[p + "mlp.down_proj.weight"].T
    return rms_norm(x, w["model.norm.weight"]) @ w["model.embed_tokens.weight"].T


def token_losses(w, tokens):
    """Cross entropy in nats of each next token; tokens is (batch, time + 1)."""
    logits = forward(w, tokens[:, :-1])
    target = jnp.take_along_axis(logits, tokens[:, 1:, None], axis=-1)[..., 0]
    return jax.nn.logsumexp(logits, axis=-1) - target


@jax.jit
def mean_loss(w, tokens):
    return jnp.mean(token_losses(w, tokens))


# ------------------------------------------------------------- the optimizer

BETA1, BETA2, ADAM_EPS, CLIP = 0.9, 0.98, 1e-8, 1.0


def make_train_step(weight_decay: float):
    def step(w, m, v, count, rate, tokens):
        loss, grads = jax.value_and_grad(
            lambda w_: jnp.mean(token_losses(w_, tokens)))(w)
        norm = jnp.sqrt(sum(jnp.sum(g * g) for g in grads.values()))
        scale = jnp.minimum(1.0, CLIP / (norm + 1e-6))
        fix1, fix2 = 1 - BETA1 ** count, 1 - BETA2 ** count
        new_w, new_m, new_v = {}, {}, {}
        for name, g in grads.items():
            g = g * scale
            new_m[name] = BETA1 * m[name] + (1 - BETA1) * g
            new_v[name] = BETA2 * v[name] + (1 - BETA2) * g * g
            update = (new_m[name] / fix1) / (jnp.sqrt(new_v[name] / fix2) + ADAM_EPS)
            if g.ndim == 2 and "embed" not in name:  # no decay on norms, embeddings
                update = update + weight_decay * w[name]
            new_w[name] = w[name] - rate * update
        return new_w, new_m, new_v, loss
    return jax.jit(step, donate_argnums=(0, 1, 2))


def learning_rate(peak, step, warmup, progress, decay):
    """Warmup over `warmup` steps, then flat, then a `1 - sqrt` shaped decay
    over the last `decay` share of the run, down to zero."""
    rate = peak * min(1.0, step / warmup)
    if progress > 1 - decay:
        left = min(1.0, (progress - (1 - decay)) / decay)
        rate *= 1 - math.sqrt(left)
    return rate


# ------------------------------------------------------------------ the data

def encode_documents(path: Path, tokenizer: Tokenizer):
    """One int32 array per document: BOS, text, EOS. Also the text's bytes."""
    documents = path.read_text(encoding="utf-8").split(DOCUMENT_SEPARATOR)
    encoded = tokenizer.encode_batch(documents, add_special_tokens=False)
    arrays = [np.array([BOS, *e.ids, EOS], np.int32) for e in encoded]
    return arrays, sum(len(d.encode()) for d in documents)


def batches(documents, batch, seed):
    """Endless (epoch, batch of rows). Every epoch shuffles the documents anew,
    lays them end to end and cuts the stream into rows of context + 1."""
    rng, epoch = np.random.default_rng(seed), 0
    while True:
        stream = np.concatenate([documents[i] for i in rng.permutation(len(documents))])
        stream = stream[rng.integers(0, CONTEXT):]
        rows = (len(stream) - 1) // CONTEXT
        starts = rng.permutation(rows)[: rows // batch * batch] * CONTEXT
        for i in range(0, len(starts), batch):
            yield epoch, np.stack([stream[s:s + CONTEXT + 1] for s in starts[i:i + batch]])
        epoch += 1


def heldout_rows(documents):
    """Rows that predict every held-out token but the first exactly once
    (a last, partial row is dropped)."""
    stream = np.concatenate(documents)
    rows = (len(stream) - 1) // CONTEXT
    return np.stack([stream[i * CONTEXT:(i + 1) * CONTEXT + 1] for i in range(rows)])


def heldout_loss(w, rows):
    size = 4
    rows = rows[: len(rows) // size * size]
    return float(np.mean([mean_loss(w, rows[i:i + size])
                          for i in range(0, len(rows), size)]))


# -------------------------------------------------------------- the files

def write_atomically(path: Path, write):
    temporary = path.with_name(path.name + ".part")
    write(temporary)
    temporary.chmod(0o644)
    os.replace(temporary, path)


def save_checkpoint(folder: Path, w, m, v, step, tokens, seconds):
    host = {k: np.asarray(a) for k, a in w.items()}
    write_atomically(folder / "config.json",
                     lambda p: p.write_text(json.dumps(CONFIG, indent=2) + "\n"))
    write_atomically(folder / "model.safetensors",
                     lambda p: save_file(host, p, metadata={"format": "pt"}))

    def save_state(path):
        arrays = {f"{part}/{k}": np.asarray(a)
                  for part, d in (("w", w), ("m", m), ("v", v)) for k, a in d.items()}
        with open(path, "wb") as file:
            np.savez(file, step=step, tokens=tokens, seconds=seconds, **arrays)
    write_atomically(folder / "state.npz", save_state)


def load_state(folder: Path):
    with np.load(folder / "state.npz") as f:
        parts = [{k[2:]: jnp.asarray(f[k]) for k in f.files if k.startswith(p + "/")}
                 for p in "wmv"]
        return *parts, int(f["step"]), int(f["tokens"]), float(f["seconds"])


# ------------------------------------------------------------------ the loop

def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("data"),
                        help="folder with train.txt and heldout.txt (default: data)")
    parser.add_argument("--tokenizer", type=Path, default=Path("tokenizer.json"))
    parser.add_argument("--out", type=Path, default=Path("checkpoint"),
                        help="folder for the checkpoint (default: checkpoint)")
    parser.add_argument("--log", type=Path, default=Path("loss.csv"),
                        help="loss curve (default: loss.csv)")
    parser.add_argument("--steps", type=int, help="length of the whole run in steps")
    parser.add_argument("--minutes", type=float,
                        help="length of this run in wall-clock minutes")
    parser.add_argument("--decay", type=float, default=0.3,
                        help="share of the run over which the rate falls (default: 0.3)")
    parser.add_argument("--warmup", type=int, default=100,
                        help="steps of warmup (default: 100)")
    parser.add_argument("--rate", type=float, default=2e-3,
                        help="highest learning rate (default: 2e-3)")
    parser.add_argument("--weight-decay", type=float, default=0.1)
    parser.add_argument("--batch", type=int, default=8,
                        help="rows of 512 tokens in a step (default: 8)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--checkpoint-minutes", type=float, default=4,
                        help="minutes between checkpoints (default: 4)")
    parser.add_argument("--eval-rows", type=int, default=32,
                        help="held-out rows used for the curve (default: 32)")
    parser.add_argument("--resume", action="store_true",
                        help="go on from state.npz in --out")
    args = parser.parse_args()
    if (args.steps is None) == (args.minutes is None):
        parser.error("give one of --steps and --minutes")

    args.out.mkdir(parents=True, exist_ok=True)
    tokenizer = Tokenizer.from_file(str(args.tokenizer))
    documents, _ = encode_documents(args.data / "train.txt", tokenizer)
    heldout, heldout_bytes = encode_documents(args.data / "heldout.txt", tokenizer)
    rows = heldout_rows(heldout)
    # The curve uses rows spread evenly over the held-out text.
    curve_rows = rows[np.linspace(0, len(rows) - 1, min(args.eval_rows, len(rows))).astype(int)]
    print(f"{sum(map(len, documents))} tokens to train on, "
          f"{sum(map(len, heldout))} held out ({heldout_bytes} bytes)", flush=True)

    if args.resume:
        w, m, v, step, tokens, seconds_before = load_state(args.out)
    else:
        w = {k: jnp.asarray(a) for k, a in init_weights(args.seed).items()}
        m = {k: jnp.zeros_like(a) for k, a in w.items()}
        v = {k: jnp.zeros_like(a) for k, a in w.items()}
        step, tokens, seconds_before = 0, 0, 0.0
        args.log.write_text("step,tokens,train_loss,heldout_loss,seconds\n")
    print(f"{sum(a.size for a in w.values())} parameters, step {step}", flush=True)

    stop = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.append(True))

    train_step = make_train_step(args.weight_decay)
    feed = batches(documents, args.batch, args.seed + step)
    start = last_save = last_print = time.monotonic()
    recent, finished = [], False
    while not finished:
        elapsed = time.monotonic() - start
        progress = step / args.steps if args.steps else elapsed / (60 * args.minutes)
        finished = progress >= 1 or bool(stop)
        if not finished:
            epoch, batch = next(feed)
            step += 1
            rate = learning_rate(args.rate, step, args.warmup, progress, args.decay)
            w, m, v, loss = train_step(w, m, v, float(step), rate, batch)
            recent.append(float(loss))
            tokens += batch.shape[0] * CONTEXT
        now = time.monotonic()
        if now - last_print > 30 and recent:
            last_print = now
            print(f"step {step} epoch {epoch} loss {np.mean(recent[-20:]):.4f} "
                  f"rate {rate:.2e} progress {progress:.3f} "
                  f"tokens/s {len(recent) * args.batch * CONTEXT / (now - last_save):.0f}",
                  flush=True)
        if recent and (finished or now - last_save > 60 * args.checkpoint_minutes):
            seconds = seconds_before + now - start
            save_checkpoint(args.out, w, m, v, step, tokens, seconds)
            held = heldout_loss(w, curve_rows)
            with open(args.log, "a", newline="") as file:
                csv.writer(file).writerow(
                    [step, tokens, f"{np.mean(recent):.4f}", f"{held:.4f}", f"{seconds:.0f}"])
            print(f"saved step {step}, tokens {tokens}, train {np.mean(recent):.4f}, "
                  f"held out {held:.4f}", flush=True)
            recent, last_save = [], time.monotonic()
    print("stopped" if stop else "done", flush=True)


if __name__ == "__main__":
    main()
