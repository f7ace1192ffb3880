#!/usr/bin/env python3
"""Draw loss.svg from loss.csv. Standard library only."""

import argparse
import csv
import math
from pathlib import Path

WIDTH, HEIGHT = 640, 360
LEFT, RIGHT, TOP, BOTTOM = 56, 16, 28, 44
LINES = (("train_loss", "training text", "#4a78b5"),
         ("heldout_loss", "held-out text", "#c4622d"))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--log", type=Path, default=Path("loss.csv"))
    parser.add_argument("--out", type=Path, default=Path("loss.svg"))
    args = parser.parse_args()

    with open(args.log, newline="") as file:
        rows = [{k: float(v) for k, v in row.items()} for row in csv.DictReader(file)]
    millions = [row["tokens"] / 1e6 for row in rows]
    losses = [row[name] for row in rows for name, _, _ in LINES]
    low, high = math.floor(min(losses) * 2) / 2, math.ceil(max(losses) * 2) / 2
    right_end = max(millions)

    def x(value):
        return LEFT + value / right_end * (WIDTH - LEFT - RIGHT)

    def y(value):
        return TOP + (high - value) / (high - low) * (HEIGHT - TOP - BOTTOM)

    svg = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
           'font-family="sans-serif" font-size="12" fill="#333">',
           f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>']
    for i in range(int(round((high - low) * 2)) + 1):
        value = low + i / 2
        svg.append(f'<path d="M{LEFT} {y(value):.1f}H{WIDTH - RIGHT}" stroke="#ddd"/>'
                   f'<text x="{LEFT - 8}" y="{y(value) + 4:.1f}" text-anchor="end">{value:.1f}</text>')
    step = next(s for s in (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50) if right_end / s <= 10)
    for i in range(int(right_end / step) + 1):
        svg.append(f'<text x="{x(i * step):.1f}" y="{HEIGHT - BOTTOM + 18}" '
                   f'text-anchor="middle">{i * step:g}</text>')
    svg.append(f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 8}" '
               'text-anchor="middle">million tokens read</text>')
    svg.append(f'<text x="{LEFT}" y="16">loss, nats per token</text>')
    for number, (name, label, colour) in enumerate(LINES):
        points = " ".join(f"{x(m):.1f},{y(row[name]):.1f}" for m, row in zip(millions, rows))
        svg.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
        svg.append(f'<text x="{WIDTH - RIGHT - 8}" y="{TOP + 18 + 18 * number}" '
                   f'text-anchor="end" fill="{colour}">{label}</text>')
    svg.append("</svg>")
    args.out.write_text("\n".join(svg) + "\n")
    print(args.out)


if __name__ == "__main__":
    main()
