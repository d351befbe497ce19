"""Draws training samples once, to be trained on many times: `python3 prepare.py corner|detector|reader COUNT OUT.npz [--seed S]`. The training scripts take them with --data."""

import argparse
import os

import cv2
import numpy as np

import backgrounds
import batches
import real
import train_detector
from alphabet import encode


def corner_samples(rng, count, crops, vehicles):
    views = [(s.image(), s.box) for s in vehicles[::3] if not s.held]
    taken = batches.RealCrops([s for s in crops if not s.held and s.rows == 1], 300)
    xs, cs, ks = batches.regions(rng, batches.Pool(rng, fresh=0.6), backgrounds.Photos(views), taken, count)
    return {"a": xs, "b": cs, "c": ks}


def detector_samples(rng, count, crops, vehicles):
    small = lambda s: (cv2.resize(s.image(), (512, 512), interpolation=cv2.INTER_AREA), tuple(v * 0.8 for v in s.box))
    views = [small(s) for s in vehicles if not s.held]
    taken = batches.RealCrops([s for s in crops if not s.held], 300)
    pool, xs, boxes = batches.Pool(rng, 1500), [], []
    for _ in range(count):
        x, b = train_detector.sample(rng, views, pool, taken)
        xs.append(x), boxes.append(np.float32(b).reshape(-1, 4))
    return {"a": np.stack(xs), "b": np.concatenate(boxes), "c": np.array([len(b) for b in boxes])}


def reader_samples(rng, count, crops, vehicles):
    taken = batches.RealCrops([s for s in crops + vehicles if not s.held])
    xs, ys, places = batches.strips(rng, batches.Pool(rng, fresh=0.7), taken, count, 0.4)
    at = [np.full(len(y), np.nan) if p is None else p for y, p in zip(ys, places)]
    signs = np.stack([np.array([c for y in ys for c in encode(y)], np.float32), np.concatenate(at).astype(np.float32)], 1)
    return {"a": xs, "b": signs, "c": np.array([len(y) for y in ys])}


def main():
    p = argparse.ArgumentParser()
    p.add_argument("network", choices=["corner", "detector", "reader"])
    p.add_argument("count", type=int)
    p.add_argument("out")
    p.add_argument("--seed", type=int, default=0)
    a = p.parse_args()
    cv2.setNumThreads(1)
    crops, vehicles = real.everything()
    real.add_quads(vehicles, os.environ.get("PLATE_QUADS", ""))
    make = {"corner": corner_samples, "detector": detector_samples, "reader": reader_samples}[a.network]
    np.savez(a.out, **make(np.random.default_rng([77, a.seed]), a.count, crops, vehicles))


if __name__ == "__main__":
    main()
