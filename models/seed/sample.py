#!/usr/bin/env python3
"""Generate text from the checkpoint, with NumPy alone.

This is a second, independent reading of the weights (key/value cache, one
token at a time). It serves as a reference for other readers of the file:
--logits prints the five likeliest next tokens after the prompt.
"""

import argparse
import json
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file
from tokenizers import Tokenizer


class Llama:
    """A Llama model that reads one token at a time."""

    def __init__(self, folder: Path):
        self.config = json.loads((folder / "config.json").read_text())
        self.weights = load_file(folder / "model.safetensors")
        self.reset()

    def reset(self):
        self.keys = [[] for _ in range(self.config["num_hidden_layers"])]
        self.values = [[] for _ in range(self.config["num_hidden_layers"])]

    @property
    def position(self):
        return len(self.keys[0])

    def norm(self, x, name):
        eps = self.config["rms_norm_eps"]
        return x / np.sqrt(np.mean(x * x) + eps) * self.weights[name]

    def rotate(self, x):
        """RoPE, rotate-half convention: element i turns with element i + d/2."""
        half = x.shape[1] // 2
        angle = self.position * self.config["rope_theta"] ** (-np.arange(half) / half)
        cos, sin = np.cos(angle).astype(np.float32), np.sin(angle).astype(np.float32)
        a, b = x[:, :half], x[:, half:]
        return np.concatenate([a * cos - b * sin, b * cos + a * sin], axis=1)

    def feed(self, token: int):
        """Read one token; return the logits of the next one."""
        c, w = self.config, self.weights
        heads, kv_heads, dim = c["num_attention_heads"], c["num_key_value_heads"], c["head_dim"]
        x = w["model.embed_tokens.weight"][token]
        rotated = []
        for i in range(c["num_hidden_layers"]):
            p = f"model.layers.{i}."
            h = self.norm(x, p + "input_layernorm.weight")
            q = self.rotate((w[p + "self_attn.q_proj.weight"] @ h).reshape(heads, dim))
            k = self.rotate((w[p + "self_attn.k_proj.weight"] @ h).reshape(kv_heads, dim))
            v = (w[p + "self_attn.v_proj.weight"] @ h).reshape(kv_heads, dim)
            rotated.append((k, v))
            keys = np.stack(self.keys[i] + [k])      # (time, kv_heads, dim)
            values = np.stack(self.values[i] + [v])
            out = []
            for head in range(heads):
                shared = head // (heads // kv_heads)
                scores = keys[:, shared] @ q[head] / np.sqrt(dim)
                scores = np.exp(scores - scores.max())
                out.append(scores / scores.sum() @ values[:, shared])
            x = x + w[p + "self_attn.o_proj.weight"] @ np.concatenate(out)
            h = self.norm(x, p + "post_attention_layernorm.weight")
            gate = w[p + "mlp.gate_proj.weight"] @ h
            up = w[p + "mlp.up_proj.weight"] @ h
            x = x + w[p + "mlp.down_proj.weight"] @ (gate / (1 + np.exp(-gate)) * up)
        for i, (k, v) in enumerate(rotated):
            self.keys[i].append(k)
            self.values[i].append(v)
        return w["model.embed_tokens.weight"] @ self.norm(x, "model.norm.weight")


def generate(model, tokenizer, prompt, count, temperature, rng):
    """Text after the prompt, and whether the model ended it itself."""
    bos, eos = model.config["bos_token_id"], model.config["eos_token_id"]
    model.reset()
    for token in [bos] + tokenizer.encode(prompt, add_special_tokens=False).ids:
        logits = model.feed(token)
    new = []
    while len(new) < count and model.position < model.config["max_position_embeddings"]:
        if temperature == 0:
            token = int(np.argmax(logits))
        else:
            probs = np.exp((logits - logits.max()) / temperature)
            token = int(rng.choice(len(probs), p=probs / probs.sum()))
        if token == eos:
            return tokenizer.decode(new), True
        new.append(token)
        logits = model.feed(token)
    return tokenizer.decode(new), False


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("prompt", nargs="+", help="one or more prompts")
    parser.add_argument("--checkpoint", type=Path, default=Path("checkpoint"))
    parser.add_argument("--tokenizer", type=Path, default=Path("tokenizer.json"))
    parser.add_argument("--tokens", type=int, default=120,
                        help="most tokens to generate (default: 120)")
    parser.add_argument("--temperature", type=float, default=0.0,
                        help="0 takes the likeliest token (default: 0)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--logits", action="store_true",
                        help="also print the likeliest next tokens")
    args = parser.parse_args()

    model = Llama(args.checkpoint)
    tokenizer = Tokenizer.from_file(str(args.tokenizer))
    for prompt in args.prompt:
        rng = np.random.default_rng(args.seed)
        if args.logits:
            model.reset()
            ids = [model.config["bos_token_id"]] + tokenizer.encode(prompt).ids
            for token in ids:
                logits = model.feed(token)
            print("prompt ids:", ids)
            for token in np.argsort(-logits)[:5]:
                print(f"  {token:5d} {tokenizer.id_to_token(int(token))!r} {logits[token]:.5f}")
        text, ended = generate(model, tokenizer, prompt, args.tokens, args.temperature, rng)
        print(f"{prompt}|{text}{' <end>' if ended else ''}\n")


if __name__ == "__main__":
    main()
