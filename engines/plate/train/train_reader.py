"""Trains the reader: `python3 train_reader.py OUT [--minutes M] [--resume]`. It may be stopped at any time."""

import os

import cv2
import numpy as np
import torch

import batches
import capture
import real
import trainer
from alphabet import ALPHABET, LETTERS, decode, encode
from models import Reader


def frame_targets(ys, places, steps=40):
    """N×steps: the sign that stands in each step's column, 0 (blank) between, -1 next to a sign and where places are unknown (do not care)."""
    out = np.zeros((len(ys), steps), np.int64)
    for row, y, at in zip(out, ys, places):
        if at is None or np.isnan(at).any():
            row[:] = -1
            continue
        columns = np.clip(np.round(at / 4 - 0.5).astype(int), 0, steps - 1)
        for c in columns:
            row[max(0, c - 1) : c + 2] = -1
        for left, right in zip(columns, columns[1:]):  # equal neighbours need a blank between
            if right - left >= 2:
                row[(left + right) // 2 if right - left > 2 else left + 1] = 0
        for c, sign in zip(columns, y):
            row[c] = sign
    return out


def loss_of(model, xs, ys, places, alone=0.15):
    """Cross-entropy of the columns whose sign is known, which teaches fast, and the CTC loss, by weight `alone` beside it and whole without it."""
    x = torch.from_numpy(capture.standard(xs)).contiguous(memory_format=torch.channels_last)
    with torch.autocast("cpu", torch.bfloat16):
        logits = model(x)[:, :, 0]
    logits = logits.float()
    logp = logits.permute(2, 0, 1).log_softmax(2)
    codes = [encode(y) for y in ys]
    sizes = torch.tensor([len(y) for y in ys])
    ctc = torch.nn.functional.ctc_loss(logp, torch.tensor(sum(codes, [])), torch.full((len(ys),), logp.shape[0]), sizes, reduction="none", zero_infinity=True) / sizes
    frames = torch.from_numpy(frame_targets(codes, places))
    if alone >= 1:
        return ctc.mean()
    known = (frames >= 0).any(1)
    loss = (ctc * torch.where(known, alone, 1.0)).mean()
    return loss + torch.nn.functional.cross_entropy(logits, frames, ignore_index=-1) if known.any() else loss


@torch.no_grad()
def read(model, xs):
    """Greedy texts (lists of signs) of strips."""
    model.eval()
    out = []
    for i in range(0, len(xs), 128):
        best = model(torch.from_numpy(capture.standard(xs[i : i + 128])))[:, :, 0].argmax(1)
        out += [decode(p.tolist()) for p in best]
    model.train()
    return out


def exact(model, xs, ys):
    return sum(a == b for a, b in zip(read(model, xs), ys)) / max(1, len(ys))


def check_strips(samples):
    """Strips of labelled pictures that are set aside, by their quads."""
    keep = [s for s in samples if s.check and s.signs and s.quad is not None]
    if not keep:
        return np.zeros((0, 32, 160), np.uint8), []
    return np.stack([capture.strip(s.image(), s.quad, s.rows) for s in keep]), [s.signs for s in keep]


def moved(rng, x, y, at):
    """A stored strip shifted, stretched and made noisier a little, so that it is not seen twice the same."""
    k, dx = np.exp(rng.normal(0, 0.03, 2)), rng.normal(0, 1.5, 2) * [1, 0.6]
    m = np.float32([[k[0], 0, (1 - k[0]) * 80 + dx[0]], [0, k[1], (1 - k[1]) * 16 + dx[1]]])
    x = cv2.warpAffine(x, m, (160, 32), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    if rng.random() < 0.4:
        x = np.clip(x + rng.standard_normal(x.shape, np.float32) * rng.uniform(0, 10), 0, 255).astype(np.uint8)
    return x, y, None if at is None else at * k[0] + m[0, 2]


def part_after(rng, y):
    """A number of signs after which a text may be cut: within its digits, before or after its letter; with what stands there."""
    letter = next((i for i, s in enumerate(y) if s in LETTERS), None)
    if letter is None:
        return int(rng.integers(1, len(y))), "any"
    u = rng.random()
    at = letter if u < 0.4 else letter + 1 if u < 0.8 else int(rng.integers(1, len(y)))
    return at, "before" if at == letter else "after" if at == letter + 1 else "any"


def spliced(rng, a, b):
    """The left part of one strip and the right part of another, where both are cut between the same fields: a new text in old faces. None where they do not fit."""
    (xa, ya, pa), (xb, yb, pb) = a, b
    if pa is None or pb is None or len(ya) < 3 or len(yb) < 3 or np.isnan(pa).any() or np.isnan(pb).any():
        return None
    (i, left), (j, right) = part_after(rng, ya), part_after(rng, yb)
    if left != right or not 0 < i < len(ya) or not 0 < j < len(yb) or not 4 <= i + len(yb) - j <= 10:
        return None
    cut, begin = int((pa[i - 1] + pa[i]) / 2), int((pb[j - 1] + pb[j]) / 2)
    wide = cut + 160 - begin
    if not 115 < wide < 210:
        return None
    other = (xb[:, begin:].astype(np.float32) - xb.mean()) * (xa.std() + 4) / (xb.std() + 4) + xa.mean()
    x = np.hstack([xa[:, :cut].astype(np.float32), np.clip(other, 0, 255)])
    places = np.concatenate([pa[:i], np.asarray(pb[j:]) - begin + cut]) * (160 / wide)
    return cv2.resize(x, (160, 32)).astype(np.uint8), ya[:i] + yb[j:], places


def joined(samples, share=0.25):
    """A batch; a part of its strips is spliced with others of it."""
    rng = np.random.default_rng(int(samples[0][0][::5, ::9].sum()) + len(samples))
    for i in np.flatnonzero(rng.random(len(samples)) < share):
        samples[i] = spliced(rng, samples[i], samples[rng.integers(len(samples))]) or samples[i]
    xs, ys, places = zip(*samples)
    return np.stack(xs), list(ys), list(places)


def main():
    a = trainer.arguments(minutes=60, batch=32, rate=1.5e-3, seed=1)
    crops, vehicles = real.everything()
    real.add_quads(vehicles, os.environ.get("PLATE_QUADS", ""))
    hx, hy = check_strips(crops)
    vx, vy = check_strips(vehicles)
    sx, sy, _ = batches.strips(np.random.default_rng(7), batches.Pool(np.random.default_rng(8)), None, 200, 0)

    def report(m):
        photos = f"photos {exact(m, vx, vy):.3f} " if len(vy) else ""
        return f"crops {exact(m, hx, hy):.3f} {photos}synthetic {exact(m, sx, sy):.3f}"

    taken, pool = batches.RealCrops([s for s in crops + vehicles if s.trains]), batches.Pool(np.random.default_rng([a.seed, 9]))
    draw = lambda rng: tuple(v[0] for v in batches.strips(rng, pool, taken, 1, 0.4))
    make = trainer.Replay(draw, moved, joined, a.batch, 6000)
    trainer.run(a, Reader(len(ALPHABET)), make, loss_of, report, 100, 0.99)


if __name__ == "__main__":
    main()
