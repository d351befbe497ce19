"""Temperature, confusions and the least score, measured on what neither trained nor gives the published figures: pictures set aside (real.set_aside) and shots of seeds kept for this.

`python3 calibrate.py text CHECKPOINTS WEIGHTS` writes the temperature into CHECKPOINTS/calibration.json and WEIGHTS/confusion.json. Then release.py, and a binary with these weights:
`python3 calibrate.py least CHECKPOINTS WEIGHTS AMANA` writes the least score of a read, at which a stated share of pictures without plates still gives one, and how often wrong texts
are read with which probability (WEIGHTS/confusion.json). Then release.py again."""

import json
import os
import sys

import cv2
import numpy as np
import torch

import backgrounds
import batches
import capture
import evaluate
import kinds
import pipeline
import real
import scenes
import train_detector
from alphabet import ALPHABET, decode, encode

FALSE_READS = 0.005  # the stated share of pictures without plates that give a read


def unseen(chain, count=400, seed=21):
    """(strips, signs, weight per plate): crops and photographs that are set aside, with the corners that the chain finds, and drawn shots."""
    crops, vehicles = real.everything()
    strips, signs, weights = [], [], []
    for s in crops + vehicles:
        if not s.check or not s.signs:
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


def least(binary, rate=FALSE_READS, seed=31, streets=100):
    """(score that `rate` of pictures without plates reach, the scores): photographs set aside with the plate painted over, twice, and drawn streets. It is no
    higher than the least sure right read of a photograph set aside."""
    rng = np.random.default_rng(seed)
    _, vehicles = real.everything()
    pictures = [train_detector.hidden(rng, s.image(), s.box) for s in vehicles if s.check for _ in range(2)], [scenes.scene(rng, cars=0)[0] for _ in range(streets)]
    scores = [np.array([max((r["score"] for r in reads), default=0.0) for reads in binary.read(group)]) for group in pictures]
    whole = [s for s in vehicles if s.check and s.signs]
    right = [reads[0]["score"] for s, reads in zip(whole, binary.read([s.path for s in whole])) if reads and evaluate.key(reads[0]["text"]) == evaluate.truth(s)]
    return min([float(np.quantile(np.concatenate(scores), 1 - rate)), *right]), scores


def wrong(binary, seed=41, count=600, steps=(0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99)):
    """[[p, share]]: the mean number of wrong candidates of at least p, per plate: plates set aside, and drawn ones of all kinds. The share is about the upper end of its 95 % interval (Poisson)."""
    crops, vehicles = real.everything()
    rng = np.random.default_rng(seed)
    cut = [s for s in crops if s.check and s.signs]
    whole = [s for s in vehicles if s.check and s.signs]
    shots = [capture.shoot(rng, kinds.draw(rng), backgrounds.surface, room=(0.1, 0.4), widths=(90, 300), hard=0.7) for _ in range(count)]
    pairs = list(zip([evaluate.truth(s) for s in cut], binary.read([s.path for s in cut], crop=True)))
    pairs += zip([evaluate.truth(s) for s in whole], binary.read([s.path for s in whole]))
    pairs += zip([evaluate.truth(s.plate) for s in shots], binary.read([s.image for s in shots], crop=True))
    p = np.array([c["p"] for want, reads in pairs for r in reads[:1] for c in r["candidates"] if evaluate.key(c["text"]) != want])
    counts = [int((p >= step).sum()) + 1 for step in steps]
    return [[step, round((k + 1.96 * k**0.5) / len(pairs), 5)] for step, k in zip(steps, counts)]


def noted(checkpoints, network, values):
    """Adds values to the network's part of calibration.json."""
    path = f"{checkpoints}/calibration.json"
    known = json.load(open(path)) if os.path.exists(path) else {}
    known.setdefault(network, {}).update(values)
    with open(path, "w") as f:
        json.dump(known, f)


def text(checkpoints, weights):
    chain = pipeline.Chain(weights)
    strips, signs, w = unseen(chain)
    y = logits(chain, strips)
    t = temperature(y, signs)
    noted(checkpoints, "read", {"temperature": round(t, 2), "least": 0.0})
    with open(f"{weights}/confusion.json", "w") as f:
        json.dump(confusion([decode(p.tolist()) for p in y.argmax(1)], signs, w), f, ensure_ascii=False, indent=1)
    print("temperature", round(t, 2), "of", len(signs), "plates")


def main():
    cv2.setNumThreads(1)
    what, checkpoints, weights = sys.argv[1:4]
    if what == "text":
        return text(checkpoints, weights)
    binary = evaluate.Binary(sys.argv[4])
    with open(f"{weights}/confusion.json") as f:
        table = json.load(f)
    table["wrong"] = wrong(binary)
    with open(f"{weights}/confusion.json", "w") as f:
        json.dump(table, f, ensure_ascii=False, indent=1)
    cut, scores = least(binary)
    noted(checkpoints, "read", {"least": round(min(0.9, max(0.01, cut)), 4)})
    print("least score", cut, "; shares of pictures without plates with a read at 0.01, 0.05, 0.2, 0.5:")
    for name, x in zip(("photographs, plate hidden", "drawn streets"), scores):
        print(name, [round(float((x >= c).mean()), 4) for c in (0.01, 0.05, 0.2, 0.5)], "of", len(x))


if __name__ == "__main__":
    main()
