"""Trains the corner network. `python3 train_corner.py OUT [--minutes M] [--resume]`."""

import argparse
import os
import queue
import threading
import time

import cv2
import numpy as np
import torch

import backgrounds
import batches
import real
from models import CornerNet


def photos(samples, step=1):
    """[(RGB, box)] of training vehicle photographs, as backgrounds."""
    return [(s.image(), s.box) for s in samples[::step] if s.box is not None and not s.held]


def produce(q, seed, crops, views, batch):
    rng = np.random.default_rng(seed)
    pool, background = batches.Pool(rng), backgrounds.Photos(views)
    while True:
        q.put(batches.regions(rng, pool, background, crops, batch))


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


def main():
    p = argparse.ArgumentParser()
    p.add_argument("out")
    p.add_argument("--minutes", type=float, default=30)
    p.add_argument("--batch", type=int, default=64)
    p.add_argument("--rate", type=float, default=2e-3)
    p.add_argument("--seed", type=int, default=2)
    p.add_argument("--resume", action="store_true")
    a = p.parse_args()
    torch.manual_seed(a.seed), torch.set_num_threads(2), cv2.setNumThreads(1)
    crops, vehicles = real.everything()
    views = photos(vehicles, 3)
    model = CornerNet().to(memory_format=torch.channels_last)
    average = torch.optim.swa_utils.AveragedModel(model, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(0.997), use_buffers=True)
    opt, step = torch.optim.AdamW(model.parameters(), a.rate, weight_decay=1e-2), 0
    if a.resume and os.path.exists(a.out):
        c = torch.load(a.out)
        model.load_state_dict(c["model"]), average.load_state_dict(c["average"]), opt.load_state_dict(c["opt"])
        step = c["step"]
    q = queue.Queue(4)
    inside = [s for s in crops if not s.held and s.rows == 1]
    threading.Thread(target=produce, args=(q, a.seed + step, batches.RealCrops(inside, 300), views, a.batch), daemon=True).start()
    held = batches.regions(np.random.default_rng(5), batches.Pool(np.random.default_rng(6)), backgrounds.Photos(views[:40]), None, 256)
    begin, total, first = time.time(), 0.0, step
    while True:
        part = (time.time() - begin) / 60 / a.minutes
        for g in opt.param_groups:
            g["lr"] = max(a.rate * min(1, (step - first + 1) / 150) * (0.5 + 0.5 * np.cos(np.pi * min(1, part))), a.rate * 0.01)
        loss = loss_of(model, *q.get())
        opt.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 5.0)
        opt.step()
        average.update_parameters(model)
        step, total = step + 1, total + loss.item()
        if step % 200 == 0 or part >= 1:
            print(time.strftime("%H:%M:%S"), "step %d loss %.3f corner %.2f kind %.3f near %.3f" % ((step, total / 200) + figures(average.module, *held)), f"cpu {time.process_time():.0f}s", flush=True)
            total = 0.0
            torch.save({"model": model.state_dict(), "average": average.state_dict(), "opt": opt.state_dict(), "step": step}, a.out)
        if part >= 1:
            break


if __name__ == "__main__":
    main()
