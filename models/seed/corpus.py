#!/usr/bin/env python3
"""Gather the training text from Debian packages and split it.

Nothing is stored in the repository: the packages are fetched with
`apt-get download` and unpacked with `dpkg-deb -x` into a scratch folder.
No package is installed and no root rights are needed.

Output, in the folder given by --out:

  train.txt     text to train on
  heldout.txt   about 2 % of the chapters, never trained on

A document is a passage of one chapter. In both files a line that holds only
a form feed (U+000C) stands between two documents.
"""

import argparse
import gzip
import random
import re
import subprocess
import zlib
from pathlib import Path

PACKAGES = [
    "bible-kjv",            # the `bible` program, which decompresses the text
    "bible-kjv-text",       # King James Bible
    "r-cran-janeaustenr",   # six novels by Jane Austen
    "golang-1.19-src",      # ships Newton's Opticks as test data
    "miscfiles",            # ships two United States state papers
]

DOCUMENT_SEPARATOR = "\n\f\n"

# Every HELDOUT_EVERY-th chapter is held out, whole.
HELDOUT_EVERY = 50
HELDOUT_PHASE = 17

# Passages are cut at paragraph or verse ends once they reach a length drawn
# from this range (in characters), so that the model sees many beginnings and
# many ends inside its context window.
PASSAGE_LENGTH = (400, 1900)

CHAPTER_HEADING = re.compile(r"^\s*(CHAPTER|Chapter)\s+([0-9]+|[IVXLC]+)\.?\s*$")
VOLUME_HEADING = re.compile(r"^\s*(VOLUME|Volume)\s+([0-9]+|[IVXLC]+)\.?\s*$")
END_MARK = re.compile(r"^\s*(THE END|FINIS|Finis)\.?\s*$")


def fetch_packages(work: Path) -> Path:
    """Download and unpack the packages; return the unpacked tree."""
    debs, tree = work / "debs", work / "tree"
    debs.mkdir(parents=True, exist_ok=True)
    tree.mkdir(parents=True, exist_ok=True)
    for package in PACKAGES:
        if not list(debs.glob(package + "_*.deb")):
            subprocess.run(["apt-get", "download", package], cwd=debs, check=True)
        deb = sorted(debs.glob(package + "_*.deb"))[-1]
        print("using", deb.name)
        subprocess.run(["dpkg-deb", "-x", str(deb), str(tree)], check=True)
    return tree


def plain(text: str) -> str:
    """Drop emphasis marks and fold white space."""
    text = text.replace("_", "").replace("\u00a0", " ")
    return re.sub(r"\s+", " ", text).strip()


def paragraphs_of(lines) -> list[str]:
    """Join hard-wrapped lines into paragraphs; blank lines separate them."""
    out, current = [], []
    for line in list(lines) + [""]:
        if line.strip():
            current.append(line)
        elif current:
            out.append(plain(" ".join(current)))
            current = []
    return [p for p in out if p]


# Each reader returns a list of chapters. A chapter is (joiner, pieces): the
# pieces are verses or paragraphs, the joiner is what goes between two of them.


def read_bible(tree: Path):
    """One chapter per Bible chapter, verse numbers dropped, verses joined."""
    dump = subprocess.run(
        [str(tree / "usr/bin/bible"), "-f", "-p", str(tree / "usr/lib"),
         "Gen1:1-Rev22:21"],
        check=True, capture_output=True, text=True).stdout
    chapters, last = [], None
    for line in dump.splitlines():
        match = re.match(r"^([0-9A-Za-z ]+?)(\d+):(\d+) (.*)$", line)
        if not match:
            continue
        book, chapter, _verse, text = match.groups()
        if (book, chapter) != last:
            chapters.append((" ", []))
            last = (book, chapter)
        text = plain(text)
        if text:
            chapters[-1][1].append(text)
    return chapters


def read_r_strings(database: Path):
    """Yield every character vector of an R lazy-load database.

    The file is a row of records: a 4-byte length, then a zlib stream holding
    one serialised R object. Only plain character vectors are understood.
    """
    data, at = database.read_bytes(), 0
    while at < len(data):
        stream = zlib.decompressobj()
        raw = stream.decompress(data[at + 4:])
        at = len(data) - len(stream.unused_data)
        # STRSXP (type 16), a count, then per string: flags, length, bytes.
        head = raw.index(b"\x00\x00\x00\x10")
        count = int.from_bytes(raw[head + 4:head + 8], "big")
        pos, strings = head + 8, []
        for _ in range(count):
            size = int.from_bytes(raw[pos + 4:pos + 8], "big")
            strings.append(raw[pos + 8:pos + 8 + size].decode("utf-8"))
            pos += 8 + size
        yield strings


def read_austen(tree: Path):
    """One chapter per chapter; title pages, headings and notes dropped."""
    database = tree / "usr/lib/R/site-library/janeaustenr/data/Rdata.rdb"
    chapters = []
    for lines in read_r_strings(database):
        body = None
        for line in lines:
            if CHAPTER_HEADING.match(line):
                if body:
                    chapters.append(("\n\n", paragraphs_of(body)))
                body = []
            elif VOLUME_HEADING.match(line) or END_MARK.match(line):
                continue
            elif line.startswith("A NOTE ON THE TEXT"):
                break
            elif body is not None:
                body.append(line)
        if body:
            chapters.append(("\n\n", paragraphs_of(body)))
    # Lines of asterisks and foot notes are not prose.
    return [(j, [p for p in ps if "*" not in p]) for j, ps in chapters]


def read_opticks(tree: Path):
    """Newton's Opticks, prose paragraphs only, in runs of twelve."""
    path = tree / "usr/share/go-1.19/src/testdata/Isaac.Newton-Opticks.txt"
    lines = path.read_text(encoding="utf-8").splitlines()
    kept = []
    for paragraph in paragraphs_of(lines):
        paragraph = re.sub(r"\s*\[(in|See|as in|Illustration)[^\]]*\]", "", paragraph)
        letters = sum(c.islower() for c in paragraph)
        is_prose = (len(paragraph) > 120 and letters > 0.7 * len(paragraph)
                    and not re.search(r"[\[\]{}=|<>]|http|Gutenberg|Produced by", paragraph))
        if is_prose and paragraph.isascii():
            kept.append(paragraph)
    return [("\n\n", kept[i:i + 12]) for i in range(0, len(kept), 12)]


def read_state_papers(tree: Path):
    """The Declaration of Independence and the Constitution."""
    chapters = []
    for name in ("us-declaration.gz", "us-constitution.gz"):
        text = gzip.decompress((tree / "usr/share/state" / name).read_bytes())
        prose = [p for p in paragraphs_of(text.decode("latin-1").splitlines())
                 if len(p) > 80]
        chapters += [("\n\n", prose[i:i + 12]) for i in range(0, len(prose), 12)]
    return chapters


def passages(joiner: str, pieces: list[str], rng: random.Random):
    """Cut one chapter into passages of varied length."""
    current, size, limit = [], 0, rng.randint(*PASSAGE_LENGTH)
    for piece in pieces:
        current.append(piece)
        size += len(piece)
        if size >= limit:
            yield joiner.join(current)
            current, size, limit = [], 0, rng.randint(*PASSAGE_LENGTH)
    if current:
        yield joiner.join(current)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("data"),
                        help="folder for train.txt and heldout.txt (default: data)")
    parser.add_argument("--work", type=Path, default=Path("data/packages"),
                        help="scratch folder for the packages (default: data/packages)")
    args = parser.parse_args()

    args.out.mkdir(parents=True, exist_ok=True)
    tree = fetch_packages(args.work.resolve())
    sources = [("King James Bible", read_bible), ("Jane Austen", read_austen),
               ("Opticks", read_opticks), ("State papers", read_state_papers)]
    train, heldout = [], []
    rng = random.Random(1611)
    number = 0
    for name, reader in sources:
        chapters = [c for c in reader(tree) if c[1]]
        sizes = [0, 0]
        for joiner, pieces in chapters:
            is_heldout = number % HELDOUT_EVERY == HELDOUT_PHASE
            number += 1
            for passage in passages(joiner, pieces, rng):
                (heldout if is_heldout else train).append(passage)
                sizes[is_heldout] += len(passage.encode())
        print(f"{name}: {len(chapters)} chapters, "
              f"{sizes[0]} bytes to train on, {sizes[1]} bytes held out")
    for file, documents in (("train.txt", train), ("heldout.txt", heldout)):
        (args.out / file).write_text(DOCUMENT_SEPARATOR.join(documents),
                                     encoding="utf-8")
        print(f"{file}: {len(documents)} documents, "
              f"{sum(len(d.encode()) for d in documents)} bytes")


if __name__ == "__main__":
    main()
