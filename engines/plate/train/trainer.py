"""The loop that the three training scripts share: batches from a thread, bf16, AdamW, cosine rate, running average, checkpoints that can be resumed."""

import argparse
import os
import queue
import threading
import time

import cv2
import numpy as np
import torch


def arguments(minutes, batch, rate, seed):
    """Parsed options. OUT is the checkpoint; --weights begins from a committed .amw."""
    p = argparse.ArgumentParser()
    p.add_argument("out")
    p.add_argument("--minutes", type=float, default=minutes, help="wall time over which the rate falls to nothing")
    p.add_argument("--batch", type=int, default=batch)
    p.add_argument("--rate", type=float, default=rate)
    p.add_argument("--seed", type=int, default=seed)
    p.add_argument("--threads", type=int, default=2)
    p.add_argument("--resume", action="store_true", help="go on from OUT")
    p.add_argument("--weights", help="a .amw file to begin from")
    a = p.parse_args()
    torch.manual_seed(a.seed), torch.set_num_threads(a.threads), cv2.setNumThreads(1)
    return a


class Replay:
    """Batches of which a part is new and the rest was drawn before and is changed a little: drawing costs as much as a step.

    draw(rng) gives a sample, a tuple; changed(rng, *sample) another of the same; joined(list of samples) a batch."""

    def __init__(self, draw, changed, joined, batch, size, fresh=0.25):
        self.draw, self.changed, self.joined, self.batch, self.size, self.fresh, self.kept = draw, changed, joined, batch, size, fresh, []

    def __call__(self, rng):
        n = max(1, int(self.batch * self.fresh)) if len(self.kept) > 30 * self.batch else self.batch
        new = [self.draw(rng) for _ in range(n)]
        again = [self.changed(rng, *self.kept[i]) for i in rng.integers(0, max(1, len(self.kept)), self.batch - n)]
        for item in new:
            if len(self.kept) < self.size:
                self.kept.append(item)
            else:
                self.kept[rng.integers(self.size)] = item
        return self.joined(new + again)


def feed(make, seed):
    """A queue kept full by make(rng), on a thread of its own: OpenCV and torch let go of the interpreter's lock."""
    q, rng = queue.Queue(4), np.random.default_rng(seed)

    def fill():
        while True:
            q.put(make(rng))

    threading.Thread(target=fill, daemon=True).start()
    return q


def state(a, model, decay):
    """(running average, optimiser, steps done), resumed when asked."""
    average = torch.optim.swa_utils.AveragedModel(model, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(decay), use_buffers=True)
    opt, step = torch.optim.AdamW(model.parameters(), a.rate, weight_decay=1e-2), 0
    if a.resume and os.path.exists(a.out):
        c = torch.load(a.out, weights_only=False)
        model.load_state_dict(c["model"]), average.load_state_dict(c["average"]), opt.load_state_dict(c["opt"])
        step = c["step"]
    return average, opt, step


def rate_at(a, done, part):
    """Warm-up over 100 steps, then a cosine to a hundredth."""
    return float(max(a.rate * min(1, (done + 1) / 100) * (0.5 + 0.5 * np.cos(np.pi * min(1, part))), a.rate * 0.01))


def run(a, model, make, loss_of, report, every=250, decay=0.997):
    """Trains until a.minutes are over. make(rng) gives a batch, loss_of(model, *batch) a loss, report(model) a text on the average."""
    if a.weights:
        import export

        export.load(model, a.weights)
    model = model.to(memory_format=torch.channels_last)
    average, opt, step = state(a, model, decay)
    q = feed(make, a.seed + step)
    begin, total, first = time.time(), 0.0, step
    while True:
        part = (time.time() - begin) / 60 / a.minutes
        for g in opt.param_groups:
            g["lr"] = rate_at(a, step - first, part)
        loss = loss_of(model, *q.get())
        opt.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 5.0)
        opt.step()
        average.update_parameters(model)
        step, total = step + 1, total + loss.item()
        if step % every == 0 or part >= 1:
            torch.save({"model": model.state_dict(), "average": average.state_dict(), "opt": opt.state_dict(), "step": step}, a.out)
            print(time.strftime("%H:%M:%S"), f"step {step} loss {total / every:.3f} {report(average.module)} cpu {time.process_time():.0f}s", flush=True)
            total = 0.0
        if part >= 1:
            return
