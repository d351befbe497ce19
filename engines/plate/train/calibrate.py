"""Temperature, thresholds and confusions: `python3 calibrate.py CHECKPOINTS WEIGHTS` writes CHECKPOINTS/calibration.json (release.py puts it into the weights) and WEIGHTS/confusion.json.

Measured on what no training saw: held-back pictures and synthetic shots of seeds kept for this."""

import json
import sys

import cv2
import numpy as np
import torch

import backgrounds
import batches
import capture
import pipeline
import real
import scenes
import train_detector
from alphabet import ALPHABET, decode, encode


def unseen(chain, count=400, seed=21):
    """(strips, signs, weight per plate): held-back crops and photographs with the corners that the chain finds, and synthetic shots."""
    crops, vehicles = real.everything()
    strips, signs, weights = [], [], []
    for s in crops + vehicles:
        if not s.held or not s.signs:
            continue
        image = s.image()
        box = s.box or (0, 0, image.shape[1], image.shape[0])
        c, _ = chain.corners(image, box)
        c, _ = chain.corners(image, (*c.min(0), *c.max(0)))
        strips.append(capture.strip(image, c, s.rows)), signs.append(s.signs), weights.append(2.0)
    rng = np.random.default_rng(seed)
    xs, ys, _ = batches.strips(rng, batches.Pool(rng, count), None, count, 0, loose=0.04)
    return np.concatenate([np.stack(strips), xs]), signs + ys, np.array(weights + [1.0] * count)


@torch.no_grad()
def logits(chain, strips):
    return torch.cat([chain.reader(torch.from_numpy(capture.standard(strips[i : i + 128])))[:, :, 0] for i in range(0, len(strips), 128)])


def temperature(y, signs):
    """The T that makes the texts likeliest; a grid is enough for two digits."""
    target, sizes = torch.tensor([c for s in signs for c in encode(s)]), torch.tensor([len(s) for s in signs])

    def cost(t):
        logp = (y / t).permute(2, 0, 1).log_softmax(2)
        return torch.nn.functional.ctc_loss(logp, target, torch.full((len(signs),), logp.shape[0]), sizes, reduction="none", zero_infinity=True).clamp(max=20).mean()

    return float(min(np.arange(0.7, 3.01, 0.05), key=lambda t: cost(float(t))))


def aligned(want, got):
    """Pairs (wanted sign or None, read sign or None) of the cheapest alignment."""
    n, m = len(want), len(got)
    d = np.add.outer(np.arange(n + 1), np.arange(m + 1)).astype(float)
    for i in range(1, n + 1):
        for j in range(1, m + 1):
            d[i, j] = min(d[i - 1, j - 1] + (want[i - 1] != got[j - 1]) * 1.1, d[i - 1, j] + 1, d[i, j - 1] + 1)
    i, j, out = n, m, []
    while i or j:
        if i and j and d[i, j] == d[i - 1, j - 1] + (want[i - 1] != got[j - 1]) * 1.1:
            out.append((want[i - 1], got[j - 1]))
            i, j = i - 1, j - 1
        elif i and d[i, j] == d[i - 1, j] + 1:
            out.append((want[i - 1], None))
            i -= 1
        else:
            out.append((None, got[j - 1]))
            j -= 1
    return out[::-1]


def confusion(reads, signs, weights, prior=0.5):
    """Smoothed tables. Plates with less than half of their signs right are left out: they are not legible, and would hide the confusions of those that are."""
    names = ALPHABET[1:]
    index = {s: i for i, s in enumerate(names)}
    table, lost, extra, places = np.zeros((len(names),) * 2), np.zeros(len(names)), np.zeros(len(names)), 0.0
    for got, want, w in zip(reads, signs, weights):
        pairs = aligned(want, got)
        if sum(a == b for a, b in pairs) < len(want) / 2:
            continue
        places += w * (len(want) + 1)
        for a, b in pairs:
            if a is None:
                extra[index[b]] += w
            elif b is None:
                lost[index[a]] += w
            else:
                table[index[a], index[b]] += w
    seen = table.sum(1) + lost
    wrong = 1 - np.trace(table) / max(1.0, seen.sum())
    share = table.sum(0) / table.sum()
    # The prior: a sign seldom seen errs as signs do on the whole, towards frequent signs.
    guess = (1 - wrong) * np.eye(len(names)) + wrong * share[None]
    smooth = (table + prior * 20 * guess) / (seen + prior * 20)[:, None]
    gone = (lost + prior * 20 * lost.sum() / max(1, seen.sum())) / (seen + prior * 20)
    more = (extra + prior * (share + 0.01)) / places
    near = lambda row: {names[j]: round(float(row[j]), 6) for j in np.argsort(-row) if row[j] >= 2e-5}
    return {"alphabet": names, "counts": round(float(seen.sum())), "substitution": {s: near(smooth[i]) for i, s in enumerate(names)},
            "deletion": {s: round(float(gone[i]), 6) for i, s in enumerate(names)}, "insertion": {s: round(float(more[i]), 8) for i, s in enumerate(names)}}


def threshold(chain, rate=0.03, count=60, seed=31, floor=0.4):
    """The lowest detector score at which at most `rate` of pictures without plates give a read; training photographs with the plate painted over, and drawn streets."""
    rng, best = np.random.default_rng(seed), []
    _, vehicles = real.everything()
    pictures = [train_detector.hidden(rng, s.image(), s.box) for s in [s for s in vehicles if not s.held][: 4 * count : 4]]
    pictures += [scenes.scene(rng, cars=0)[0] for _ in range(count)]
    for image in pictures:
        best.append(max((r.score for r in chain.picture(image, floor)), default=0.0))
    cut = float(np.quantile(best, 1 - rate))
    return round(min(0.9, max(floor, cut + 0.01)), 3), best


def main():
    cv2.setNumThreads(1)
    checkpoints, weights = sys.argv[1:3]
    chain = pipeline.Chain(weights)
    strips, signs, w = unseen(chain)
    y = logits(chain, strips)
    t = temperature(y, signs)
    reads = [decode(p.tolist()) for p in y.argmax(1)]
    cut, scores = threshold(chain)
    json.dump({"read": {"temperature": round(t, 2)}, "detect": {"threshold": cut}}, open(f"{checkpoints}/calibration.json", "w"))
    with open(f"{weights}/confusion.json", "w") as f:
        json.dump(confusion(reads, signs, w), f, ensure_ascii=False, indent=1)
    print("temperature", t, "threshold", cut, "pictures without plates with a read at 0.4, 0.6, 0.8:", [float(np.mean(np.array(scores) >= c)) for c in (0.4, 0.6, 0.8)], "of", len(scores))


if __name__ == "__main__":
    main()
