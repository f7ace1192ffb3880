#!/usr/bin/env python3
"""Train the byte-level BPE tokenizer (GPT-2 style) on train.txt."""

import argparse
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from corpus import DOCUMENT_SEPARATOR

BOS, EOS = "<|bos|>", "<|eos|>"  # ids 0 and 1


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("data"),
                        help="folder with train.txt (default: data)")
    parser.add_argument("--out", type=Path, default=Path("tokenizer.json"),
                        help="file to write (default: tokenizer.json)")
    parser.add_argument("--vocab", type=int, default=2048,
                        help="vocabulary size, specials included (default: 2048)")
    args = parser.parse_args()

    text = (args.data / "train.txt").read_text(encoding="utf-8")
    tokenizer = Tokenizer(models.BPE())
    # The GPT-2 splitting expression; no normalizer, no prefix space.
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(
        add_prefix_space=False, use_regex=True)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(
        text.split(DOCUMENT_SEPARATOR),
        trainers.BpeTrainer(
            vocab_size=args.vocab,
            special_tokens=[BOS, EOS],
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False))
    assert tokenizer.token_to_id(BOS) == 0 and tokenizer.token_to_id(EOS) == 1
    assert tokenizer.get_vocab_size() == args.vocab
    tokenizer.save(str(args.out))

    sample = text[:200_000]
    count = len(tokenizer.encode(sample).ids)
    print(f"{args.out}: {args.vocab} tokens, "
          f"{len(sample.encode()) / count:.2f} bytes per token")


if __name__ == "__main__":
    main()
