"""Trains the corner network. `python3 train_corner.py OUT [--minutes M] [--resume]`."""

import os

import cv2
import numpy as np
import torch

import backgrounds
import batches
import real
import trainer
from models import CornerNet


def photos(samples, step=1):
    """[(RGB, box)] of training vehicle photographs, as backgrounds."""
    return [(s.image(), s.box) for s in samples[::step] if s.box is not None and s.trains]


def expected(heat):
    """Soft-argmax: N×4×24×40 -> N×4×2 in input pixels."""
    n, c, h, w = heat.shape
    p = heat.flatten(2).softmax(2).view(n, c, h, w)
    x = (p.sum(2) * (4 * (torch.arange(w) + 0.5))).sum(2)
    y = (p.sum(3) * (4 * (torch.arange(h) + 0.5))).sum(2)
    return torch.stack([x, y], 2)


def target_map(corners, h=24, w=40, sigma=0.8):
    """Gaussians over the cells, each of sum 1; corners N×4×2 in pixels."""
    x = torch.arange(w)[None, None, None] - (corners[:, :, 0, None, None] / 4 - 0.5)
    y = torch.arange(h)[None, None, :, None] - (corners[:, :, 1, None, None] / 4 - 0.5)
    g = torch.exp(-(x * x + y * y) / (2 * sigma * sigma))
    return g / (g.sum((2, 3), keepdim=True) + 1e-6)


def tensor(xs):
    return (torch.from_numpy(xs).permute(0, 3, 1, 2).float() / 255 - 0.5).contiguous(memory_format=torch.channels_last)


def loss_of(model, xs, cs, ks):
    with torch.autocast("cpu", torch.bfloat16):
        heat, kind = model(tensor(xs))
    heat, kind = heat.float(), kind.float()[:, :, 0, 0]
    loss = torch.nn.functional.cross_entropy(kind, torch.from_numpy(ks))
    c = torch.from_numpy(cs)
    # Corners far outside of the region cannot be shown by the map; they are left out.
    inside = torch.isfinite(c).all(2) & (c > -6).all(2) & (c[:, :, 0] < 166) & (c[:, :, 1] < 102)
    known = inside.any(1)
    if known.any():
        c, m, h = torch.nan_to_num(c[known]), inside[known].float(), heat[known]
        c = torch.stack([c[:, :, 0].clamp(1, 159), c[:, :, 1].clamp(1, 95)], 2)
        logp = h.flatten(2).log_softmax(2)
        ce = -(target_map(c).flatten(2) * logp).sum(2)
        off = (expected(h) - c).abs().sum(2)
        loss = loss + ((0.3 * ce + 0.15 * off) * m).sum() / m.sum()
    return loss


@torch.no_grad()
def figures(model, xs, cs, ks):
    """(mean corner error in pixels of the region, share of kinds right, share with all corners within 4 px)."""
    model.eval()
    heat, kind = model(tensor(xs))
    model.train()
    known = np.isfinite(cs).all((1, 2)) & (cs > 0).all((1, 2)) & (cs[:, :, 0] < 160).all(1) & (cs[:, :, 1] < 96).all(1)
    d = np.linalg.norm(expected(heat).numpy()[known] - cs[known], axis=2)
    return d.mean(), (kind[:, :, 0, 0].argmax(1).numpy() == ks).mean(), (d.max(1) < 4).mean()


def moved(rng, x, c, k):
    """A region shifted, scaled and recoloured a little, with its corners."""
    z, dx, dy = np.exp(rng.normal(0, 0.07)), rng.normal(0, 6), rng.normal(0, 4)
    m = np.float32([[z, 0, (1 - z) * 80 + dx], [0, z, (1 - z) * 48 + dy]])
    x = cv2.warpAffine(x, m, (160, 96), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    x = cv2.convertScaleAbs(x, alpha=rng.uniform(0.7, 1.2), beta=0)
    return x, (c @ m[:, :2].T + m[:, 2]).astype(np.float32), k


def joined(samples):
    xs, cs, ks = zip(*samples)
    return np.stack(xs), np.stack(cs), np.array(ks)


def aside(samples, seed=5):
    """Regions of pictures that are set aside, each with its quad, and of as many drawn plates."""
    rng = np.random.default_rng(seed)
    taken = batches.RealCrops([s for s in samples if s.check], 0.8)
    return [batches.regions(rng, batches.Pool(rng), backgrounds.surface, real_ones, 256, share, 0.0) for real_ones, share in ((taken, 1.0), (None, 0.0))]


def main():
    a = trainer.arguments(minutes=30, batch=32, rate=1.5e-3, seed=2)
    crops, vehicles = real.everything()
    real.add_quads(crops + vehicles, os.environ.get("PLATE_QUADS", ""))
    labelled = [s for s in crops if s.rows == 1] + vehicles  # quads made of the characters of two rows leave out too much of the plate
    taken, background = batches.RealCrops([s for s in labelled if s.trains], 0.8), backgrounds.Photos(photos(vehicles, 3))
    pool = batches.Pool(np.random.default_rng([a.seed, 9]))
    draw = lambda rng: tuple(v[0] for v in batches.regions(rng, pool, background, taken, 1, 0.35))
    photographed, drawn = aside(labelled)
    report = lambda m: "photographed: corner %.2f kind %.3f near %.3f drawn: %.2f %.3f %.3f" % (*figures(m, *photographed), *figures(m, *drawn))
    trainer.run(a, CornerNet(), trainer.Replay(draw, moved, joined, a.batch, 6000, 0.3), loss_of, report, 100, 0.99)


if __name__ == "__main__":
    main()
