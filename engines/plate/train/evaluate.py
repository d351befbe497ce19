"""Held-back figures: `python3 evaluate.py WEIGHTS` prints a table with Wilson 95 % intervals; `--failures DIR` draws what went wrong (never into the repository)."""

import argparse
import os

import cv2
import numpy as np

import backgrounds
import batches
import capture
import kinds
import pipeline
import real
import scenes
import train_detector


def wilson(k, n, z=1.96):
    """(share, low, high)"""
    if n == 0:
        return 0.0, 0.0, 1.0
    p = k / n
    d = 1 + z * z / n
    m, r = (p + z * z / (2 * n)) / d, z * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / d
    return p, max(0.0, m - r), min(1.0, m + r)


def line(name, k, n):
    p, a, b = wilson(k, n)
    return f"| {name} | {k}/{n} | {100 * p:.1f} % | {100 * a:.1f}–{100 * b:.1f} |"


def truth(sample_signs, rows):
    return pipeline.printed(sample_signs, rows)[0]


def conditions(image, corners):
    """Names of the conditions that a picture of a plate falls under."""
    quad = corners.astype(np.float32)
    width = np.linalg.norm(quad[1] - quad[0])
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    x0, y0 = np.maximum(0, quad.min(0)).astype(int)
    x1, y1 = quad.max(0).astype(int)
    part = grey[y0:y1, x0:x1]
    tilt = abs(np.degrees(np.arctan2(quad[1][1] - quad[0][1], quad[1][0] - quad[0][0])))
    out = ["width under 100 px" if width < 100 else "width 100–200 px" if width < 200 else "width over 200 px"]
    if part.size:
        out.append("dark" if part.mean() < 70 else "bright" if part.mean() > 170 else "middling light")
        k = min(1.0, 160 / max(1, width))
        small = cv2.resize(part, None, fx=k, fy=k, interpolation=cv2.INTER_AREA)
        out.append("unsharp" if cv2.Laplacian(small, cv2.CV_64F).var() < 150 else "sharp")
    out.append("turned over 10°" if tilt > 10 else "turned under 10°")
    return out


class Tally:
    def __init__(self):
        self.rows = {}

    def add(self, name, good):
        k, n = self.rows.get(name, (0, 0))
        self.rows[name] = (k + bool(good), n + 1)

    def show(self, title):
        print(f"\n{title}\n\n| condition | exact | share | 95 % |\n|---|---|---|---|")
        for name, (k, n) in self.rows.items():
            print(line(name, k, n))


def one_off(a, b):
    """Whether two texts differ by at most one sign."""
    if a == b:
        return True
    if abs(len(a) - len(b)) > 1:
        return False
    for i in range(min(len(a), len(b))):
        if a[i] != b[i]:
            return a[i + 1 :] == b[i + 1 :] or a[i:] == b[i + 1 :] or a[i + 1 :] == b[i:]
    return True


def keep_failure(folder, image, corners, want, got):
    if folder:
        os.makedirs(folder, exist_ok=True)
        im = image.copy()
        if corners is not None:
            cv2.polylines(im, [corners.astype(int)], True, (255, 0, 0), 1)
        cv2.imwrite(f"{folder}/{len(os.listdir(folder)):03d}_{want}_{got}.png".replace("/", "_", 0), im[:, :, ::-1])


def crops_figures(chain, samples, folder=None):
    t = Tally()
    for s in samples:
        image = s.image()
        want, r = truth(s.signs, s.rows), chain.crop(image)
        got = r.text if r else ""
        t.add("all", got == want)
        t.add("at most one sign off", one_off(want, got))
        t.add("in the top ten", r and want in [c[0] for c in r.candidates])
        t.add("two rows" if s.rows == 2 else "one row", got == want)
        for name in conditions(image, r.corners if r else np.float32([[0, 0], [image.shape[1], 0], [image.shape[1], image.shape[0]], [0, image.shape[0]]])):
            t.add(name, got == want)
        if got != want:
            keep_failure(folder, image, r.corners if r else None, want, got)
    t.show("Held-back crops, loose crop given whole (`--crop`)")


def vehicles_figures(chain, samples, folder=None):
    t, located = Tally(), Tally()
    for s in samples:
        image = s.image()
        reads = chain.picture(image)
        near = [r for r in reads if train_detector.iou(r.box, s.box) >= 0.5]
        located.add("located (IoU ≥ 0.5)", near)
        located.add("centre inside", any(s.box[0] < (r.box[0] + r.box[2]) / 2 < s.box[2] and s.box[1] < (r.box[1] + r.box[3]) / 2 < s.box[3] for r in reads))
        located.add("another box as well", len(reads) > len(near))
        if not s.signs:
            continue
        want = truth(s.signs, s.rows)
        best = max(reads, key=lambda r: r.score, default=None)
        t.add("all", best and best.text == want)
        t.add("any box", any(r.text == want for r in reads))
        t.add("at most one sign off", any(one_off(want, r.text) for r in reads))
        t.add("in the top ten", any(want in [c[0] for c in r.candidates] for r in reads))
        if best:
            for name in conditions(image, best.corners):
                t.add(name, best.text == want)
        if not best or best.text != want:
            x0, y0, x1, y1 = [int(v) for v in s.box]
            keep_failure(folder, image[max(0, y0 - 20) : y1 + 20, max(0, x0 - 20) : x1 + 20], None, want, best.text if best else "none")
    located.show("Held-back photographs: location")
    t.show("Held-back photographs: end to end")


def synthetic_figures(chain, draw, name, count=300, seed=11):
    """Synthetic shots that no training saw (their seed is not used there), plate at least 60 px wide."""
    rng, t = np.random.default_rng(seed), Tally()
    for _ in range(count):
        s = capture.shoot(rng, draw(rng), backgrounds.surface, room=(0.1, 0.4), widths=(80, 300), hard=0.7)
        r = chain.crop(s.image)
        want = truth(s.plate.signs, s.plate.rows)
        t.add(name, r and r.text == want)
    t.show(f"Synthetic {name}, loose crops, all conditions of the generator")


def false_figures(chain, samples, count=200, seed=12):
    """Pictures without plates: held-back photographs with the plate painted over, and drawn scenes without cars."""
    rng, t = np.random.default_rng(seed), Tally()
    for s in samples:
        image = train_detector.hidden(rng, s.image(), s.box)
        t.add("photographs, plate hidden: a read", chain.picture(image))
    for _ in range(count):
        image, _, _ = scenes.scene(rng, cars=0)
        t.add("drawn streets without vehicles: a read", chain.picture(image))
    t.show("False reads (lower is better)")


def main():
    p = argparse.ArgumentParser()
    p.add_argument("weights")
    p.add_argument("--failures")
    p.add_argument("--only", default="crops,vehicles,false,european,moroccan")
    a = p.parse_args()
    cv2.setNumThreads(1)
    crops, vehicles = real.everything()
    chain, only = pipeline.Chain(a.weights), a.only.split(",")
    sub = lambda n: os.path.join(a.failures, n) if a.failures else None
    if "crops" in only:
        crops_figures(chain, [s for s in crops if s.held and s.signs], sub("crops"))
    if "vehicles" in only:
        vehicles_figures(chain, [s for s in vehicles if s.held], sub("vehicles"))
    if "false" in only:
        false_figures(chain, [s for s in vehicles if s.held])
    if "european" in only:
        synthetic_figures(chain, kinds.abroad, "European plates")
    if "moroccan" in only:
        synthetic_figures(chain, kinds.one_row, "Moroccan one row")
        synthetic_figures(chain, kinds.two_rows, "Moroccan two rows")


if __name__ == "__main__":
    main()
