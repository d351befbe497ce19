"""Corners and places of signs of tuning pictures whose text is known: `python3 make_quads.py WEIGHTS OUT.json`. The other networks train on them.

Corners are those, of several that the corner network gives and of small changes of the best, at which the reader finds the known text likeliest. So a picture that the
corner network gets wrong can still teach it. A picture whose text the reader does not find anywhere is left out: wrong corners would do harm."""

import json
import sys

import cv2
import numpy as np
import torch

import batches
import capture
import pipeline
import real
from alphabet import encode


def paths(signs):
    """The text with blanks between: the states of a CTC path."""
    out = [0]
    for c in encode(signs):
        out += [c, 0]
    return out


def placed(logp, signs):
    """Steps (0…39, fractions) at which the signs stand on the likeliest path of the text; logp T×A."""
    states = paths(signs)
    n, steps = len(states), len(logp)
    best, back = np.full((steps, n), -np.inf), np.zeros((steps, n), int)
    best[0, :2] = logp[0, states[:2]]
    for t in range(1, steps):
        for s in range(n):
            jump = s > 1 and states[s] != 0 and states[s] != states[s - 2]
            before = [best[t - 1, s], best[t - 1, s - 1] if s else -np.inf, best[t - 1, s - 2] if jump else -np.inf]
            back[t, s] = int(np.argmax(before))
            best[t, s] = max(before) + logp[t, states[s]]
    s, path = (n - 1 if best[-1, n - 1] > best[-1, n - 2] else n - 2), []
    for t in range(steps - 1, -1, -1):
        path.append(s)
        s -= back[t, s]
    path = np.array(path[::-1])
    out = []
    for i in range(len(signs)):
        at = np.flatnonzero(path == 2 * i + 1)
        weight = np.exp(logp[at, states[2 * i + 1]])
        out.append(float((at * weight).sum() / weight.sum()))
    return out


def costs(chain, image, quads, rows, signs):
    """(negative log probability of the text for each quad, log probabilities of the strips)."""
    logp = chain.texts([capture.strip(image, q, rows) for q in quads])
    y = torch.from_numpy(logp).permute(1, 0, 2)
    target, n = torch.tensor(encode(signs)).repeat(len(quads)), len(quads)
    cost = torch.nn.functional.ctc_loss(y, target, torch.full((n,), y.shape[0]), torch.full((n,), len(signs)), reduction="none", zero_infinity=False)
    return cost.numpy(), logp


def beginnings(rng, chain, sample, image):
    """Quads to begin with: labelled or earlier ones, and those of the corner network round the box and round boxes near it."""
    h, w = image.shape[:2]
    box = sample.box or ((*sample.quad.min(0), *sample.quad.max(0)) if sample.quad is not None else (0, 0, w, h))
    quads = [sample.quad] if sample.quad is not None else []
    for i in range(6):
        size = np.array([box[2] - box[0], box[3] - box[1]] * 2)
        near = np.array(box) + (rng.normal(0, 0.08, 4) * size if i else 0)
        c, _ = chain.corners(image, near)
        quads.append(c)
        quads.append(chain.corners(image, (*c.min(0), *c.max(0)))[0])
    return quads


def fits(quad):
    """Whether the quad is convex and not thin."""
    a, b = np.roll(quad, -1, 0) - quad, np.roll(quad, -2, 0) - np.roll(quad, -1, 0)
    return (a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]).min() > 0 and np.linalg.norm(quad[3] - quad[0]) > 4


def fitted(rng, chain, sample, image, enough=0.15, most=1.5):
    """(quad, log probabilities) at which the text is likeliest, or None when it is not found."""
    quads = [q for q in beginnings(rng, chain, sample, image) if fits(q)]
    if not quads:
        return None
    cost, logp = costs(chain, image, quads, sample.rows, sample.signs)
    quad, best, at = quads[int(np.argmin(cost))], float(cost.min()), logp[int(np.argmin(cost))]
    for amount in (0.08, 0.05):
        if best < enough:
            break
        near = [q for q in (capture.loosened(rng, quad, amount) for _ in range(16)) if fits(q)]
        cost, logp = costs(chain, image, near, sample.rows, sample.signs)
        if cost.min() < best:
            quad, best, at = near[int(np.argmin(cost))], float(cost.min()), logp[int(np.argmin(cost))]
    return (quad, at) if best < most else None


def points(quad, steps, rows):
    """Places in the picture of steps of the strip that is cut at quad."""
    x = (np.array(steps) + 0.5) * 4
    if rows == 2:
        u, v = np.where(x < 80, x, x - 80) / 80, np.where(x < 80, 0.25, 0.75)
    else:
        u, v = x / 160, np.full(len(x), 0.5)
    u = u * (1 + 2 * capture.MARGIN) - capture.MARGIN
    unit = np.float32([[0, 0], [1, 0], [1, 1], [0, 1]])
    return cv2.perspectiveTransform(np.float32(np.stack([u, v], 1))[None], cv2.getPerspectiveTransform(unit, np.float32(quad)))[0]


def main():
    cv2.setNumThreads(1), torch.set_num_threads(1)
    chain, rng, out, known = pipeline.Chain(sys.argv[1]), np.random.default_rng(6), {}, 0
    crops, vehicles = real.everything()
    for s in vehicles + [c for c in crops if c.boxes is None or c.quad is None]:
        if not s.signs or s.held:
            continue
        known += 1
        image = s.image()
        found = fitted(rng, chain, s, image)
        if found:
            quad, logp = found
            at = points(quad, placed(logp, s.signs), s.rows)
            out[s.name] = {"quad": np.round(quad, 1).tolist(), "places": np.round(at, 1).tolist()}
    with open(sys.argv[2], "w") as f:
        json.dump(out, f)
    print(len(out), "of", known)


if __name__ == "__main__":
    main()
