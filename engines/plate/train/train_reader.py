"""Trains the reader. `python3 train_reader.py OUT [--minutes M] [--resume]`; a checkpoint every few hundred steps, so it may be stopped at any time."""

import argparse
import os
import queue
import threading
import time

import cv2
import numpy as np
import torch

import batches
import capture
import real
from alphabet import ALPHABET, decode, encode
from models import Reader


def produce(q, seed, samples, batch, share):
    """Fills q for ever, on a thread of its own (OpenCV lets go of the lock)."""
    rng = np.random.default_rng(seed)
    pool, crops = batches.Pool(rng), batches.RealCrops(samples) if samples else None
    while True:
        q.put(batches.strips(rng, pool, crops, batch, share[0]))


def loss_of(model, xs, ys, amp=True):
    x = torch.from_numpy(capture.standard(xs)).contiguous(memory_format=torch.channels_last)
    with torch.autocast("cpu", torch.bfloat16, enabled=amp):
        logits = model(x)[:, :, 0]
    logp = logits.float().permute(2, 0, 1).log_softmax(2)
    target = torch.tensor([c for y in ys for c in encode(y)])
    sizes = torch.tensor([len(y) for y in ys])
    return torch.nn.functional.ctc_loss(logp, target, torch.full((len(ys),), logp.shape[0]), sizes, zero_infinity=True)


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


def held_strips(samples):
    """Strips of the held-back labelled crops, by their labelled quads."""
    keep = [s for s in samples if s.held and s.signs and s.quad is not None]
    return np.stack([capture.strip(s.image(), s.quad, s.rows) for s in keep]), [s.signs for s in keep]


def main():
    p = argparse.ArgumentParser()
    p.add_argument("out")
    p.add_argument("--minutes", type=float, default=60)
    p.add_argument("--batch", type=int, default=64)
    p.add_argument("--rate", type=float, default=2e-3)
    p.add_argument("--share", type=float, default=0.35)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--resume", action="store_true")
    a = p.parse_args()
    torch.manual_seed(a.seed), torch.set_num_threads(2), cv2.setNumThreads(1)
    crops, vehicles = real.everything()
    train = [s for s in crops + vehicles if not s.held]
    hx, hy = held_strips(crops)
    model = Reader(len(ALPHABET)).to(memory_format=torch.channels_last)
    average = torch.optim.swa_utils.AveragedModel(model, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(0.998), use_buffers=True)
    opt = torch.optim.AdamW(model.parameters(), a.rate, weight_decay=1e-2)
    step = 0
    if a.resume and os.path.exists(a.out):
        c = torch.load(a.out)
        model.load_state_dict(c["model"]), average.load_state_dict(c["average"]), opt.load_state_dict(c["opt"])
        step = c["step"]
    share = [a.share]
    q = queue.Queue(4)
    threading.Thread(target=produce, args=(q, a.seed + step, train, a.batch, share), daemon=True).start()
    sx, sy = batches.strips(np.random.default_rng(7), batches.Pool(np.random.default_rng(8)), None, 512, 0)
    begin, total, first = time.time(), 0.0, step
    while True:
        part = (time.time() - begin) / 60 / a.minutes
        rate = a.rate * min(1, (step - first + 1) / 200) * (0.5 + 0.5 * np.cos(np.pi * min(1, part)))
        for g in opt.param_groups:
            g["lr"] = max(rate, a.rate * 0.01)
        loss = loss_of(model, *q.get())
        opt.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 5.0)
        opt.step()
        average.update_parameters(model)
        step, total = step + 1, total + loss.item()
        if step % 250 == 0 or part >= 1:
            m = average.module
            print(f"{time.strftime('%H:%M:%S')} step {step} loss {total / 250:.3f} rate {rate:.1e} held {exact(m, hx, hy):.3f} synthetic {exact(m, sx, sy):.3f} cpu {time.process_time():.0f}s", flush=True)
            total = 0.0
            torch.save({"model": model.state_dict(), "average": average.state_dict(), "opt": opt.state_dict(), "step": step}, a.out)
        if part >= 1:
            break


if __name__ == "__main__":
    main()
