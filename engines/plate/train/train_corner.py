"""Trains the corner network. `python3 train_corner.py OUT [--minutes M] [--resume]`."""

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
    return [(s.image(), s.box) for s in samples[::step] if s.box is not None and not s.held]


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


def moved(rng, x, c):
    """A stored region shifted, scaled and recoloured a little, with its corners."""
    k, dx, dy = np.exp(rng.normal(0, 0.07)), rng.normal(0, 6), rng.normal(0, 4)
    m = np.float32([[k, 0, (1 - k) * 80 + dx], [0, k, (1 - k) * 48 + dy]])
    x = cv2.warpAffine(x, m, (160, 96), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    x = cv2.convertScaleAbs(x, alpha=rng.uniform(0.7, 1.2), beta=0)
    return x, (c @ m[:, :2].T + m[:, 2]).astype(np.float32)


def replayed(a):
    """make(rng) over stored samples."""
    xs, cs, ks = trainer.stored(a.data)

    def make(rng):
        pick = rng.integers(0, len(xs), a.batch)
        pairs = [moved(rng, xs[i], cs[i]) for i in pick]
        return np.stack([p[0] for p in pairs]), np.stack([p[1] for p in pairs]), ks[pick]

    return make


def main():
    a = trainer.arguments(minutes=30, batch=32, rate=1.5e-3, seed=2)
    crops, vehicles = real.everything()
    views = photos(vehicles, 3)
    taken = batches.RealCrops([s for s in crops if not s.held and s.rows == 1], 300)
    background, pool = backgrounds.Photos(views), None
    held = batches.regions(np.random.default_rng(5), batches.Pool(np.random.default_rng(6)), backgrounds.Photos(views[:40]), None, 256)

    def make(rng):
        nonlocal pool
        pool = pool or batches.Pool(rng)
        return batches.regions(rng, pool, background, taken, a.batch)

    trainer.run(a, CornerNet(), replayed(a) if a.data else make, loss_of, lambda m: "corner %.2f kind %.3f near %.3f" % figures(m, *held), 100, 0.99)


if __name__ == "__main__":
    main()
