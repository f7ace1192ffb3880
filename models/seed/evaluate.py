#!/usr/bin/env python3
"""Perplexity of the checkpoint on the whole held-out text."""

import argparse
import math
from pathlib import Path

import jax.numpy as jnp
import numpy as np
from safetensors.numpy import load_file
from tokenizers import Tokenizer

import train


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("data"))
    parser.add_argument("--tokenizer", type=Path, default=Path("tokenizer.json"))
    parser.add_argument("--checkpoint", type=Path, default=Path("checkpoint"))
    args = parser.parse_args()

    tokenizer = Tokenizer.from_file(str(args.tokenizer))
    weights = {k: jnp.asarray(a) for k, a in
               load_file(args.checkpoint / "model.safetensors").items()}
    documents, _ = train.encode_documents(args.data / "heldout.txt", tokenizer)
    rows = train.heldout_rows(documents)
    nats = np.concatenate([np.asarray(train.token_losses(weights, row[None])).ravel()
                           for row in rows])
    # Bytes of text that the counted tokens stand for (BOS and EOS are none).
    targets = rows[:, 1:].ravel()
    text_bytes = len(tokenizer.decode(targets.tolist(), skip_special_tokens=True).encode())
    print(f"tokens           {nats.size}")
    print(f"bytes of text    {text_bytes}")
    print(f"loss             {nats.mean():.4f} nats per token")
    print(f"perplexity       {math.exp(nats.mean()):.2f} per token")
    print(f"bits per byte    {nats.sum() / math.log(2) / text_bytes:.3f}")


if __name__ == "__main__":
    main()
