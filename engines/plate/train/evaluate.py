"""Figures of the program itself: `python3 evaluate.py AMANA` has the binary read the held-back pictures and prints tables with Wilson 95 % intervals.

`--part check` takes the pictures set aside for choices instead; `--failures DIR` draws what went wrong (never into the repository)."""

import argparse
import json
import os
import subprocess
import tempfile

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


def truth(plate):
    """The text of a Sample or a drawn Plate, as the program prints it but for separators."""
    return key(pipeline.printed(plate.signs, plate.rows, plate.upper)[0])


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


class Binary:
    """The program `amana` as a reader of pictures: paths, or RGB arrays, which are handed over without loss."""

    def __init__(self, path, options=()):
        self.path, self.options = os.path.abspath(path), list(options)

    def read(self, pictures, crop=False):
        """For each picture its reads, the surest first, as `amana plates read --json` prints them."""
        with tempfile.TemporaryDirectory() as folder:
            paths = []
            for i, p in enumerate(pictures):
                if not isinstance(p, str):
                    path = f"{folder}/{i}.png"
                    cv2.imwrite(path, p[:, :, ::-1], [cv2.IMWRITE_PNG_COMPRESSION, 1])
                    p = path
                paths.append(os.path.abspath(p))
            command = [self.path, "plates", "read", "--json", *self.options, *(["--crop"] if crop else []), *paths]
            done = subprocess.run(command, capture_output=True, text=True)
            if done.returncode not in (0, 1):
                raise RuntimeError(done.stderr)
            lines = [json.loads(line) for line in done.stdout.splitlines()]
        assert [x["file"] for x in lines] == paths, done.stderr
        return [x["plates"] for x in lines]


def key(text):
    """A text without its separators, which not every form has."""
    return text.replace("-", "")


def texts(read):
    return [key(c["text"]) for c in read["candidates"]]


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


def crops_figures(binary, samples, folder=None):
    t = Tally()
    for s, reads in zip(samples, binary.read([s.path for s in samples], crop=True)):
        want, r = truth(s), reads[0] if reads else None
        got = key(r["text"]) if r else ""
        t.add("all", got == want)
        t.add("at most one sign off", one_off(want, got))
        t.add("in the top ten", r and want in texts(r))
        t.add("two rows" if s.rows == 2 else "one row", got == want)
        image = s.image()
        h, w = image.shape[:2]
        for name in conditions(image, np.float32(r["corners"] if r else [[0, 0], [w, 0], [w, h], [0, h]])):
            t.add(name, got == want)
        if got != want:
            keep_failure(folder, image, np.float32(r["corners"]) if r else None, want, got)
    t.show("Crops, loose, given whole (`--crop`)")


def centre_inside(box, r):
    x, y = (r[0] + r[2]) / 2, (r[1] + r[3]) / 2
    return box[0] < x < box[2] and box[1] < y < box[3]


def vehicles_figures(binary, samples, folder=None):
    t, located = Tally(), Tally()
    for s, reads in zip(samples, binary.read([s.path for s in samples])):
        near = [r for r in reads if centre_inside(s.box, r["box"])]
        located.add("centre inside the labelled box", near)
        located.add("overlap with the labelled box of half (IoU ≥ 0.5)", any(train_detector.iou(r["box"], s.box) >= 0.5 for r in reads))
        located.add("another read as well", len(reads) > len(near))
        if not s.signs:
            continue
        want, best = truth(s), reads[0] if reads else None
        got = key(best["text"]) if best else "none"
        t.add("all", got == want)
        t.add("any read", any(key(r["text"]) == want for r in reads))
        t.add("at most one sign off", any(one_off(want, key(r["text"])) for r in reads))
        t.add("in the top ten", any(want in texts(r) for r in reads))
        image = s.image()
        if best:
            for name in conditions(image, np.float32(best["corners"])):
                t.add(name, got == want)
        if got != want:
            x0, y0, x1, y1 = [int(v) for v in s.box]
            image = cv2.polylines(image.copy(), [np.int32(r["corners"]) for r in reads], True, (255, 0, 0), 1)
            keep_failure(folder, image[max(0, y0 - 20) : y1 + 20, max(0, x0 - 20) : x1 + 20], None, want, got)
    located.show("Photographs: location")
    t.show("Photographs: end to end")


def synthetic_figures(binary, draw, name, count=300, seed=11):
    """Synthetic shots that no training saw (their seed is not used there), plate at least 80 px wide."""
    rng, t = np.random.default_rng(seed), Tally()
    shots = [capture.shoot(rng, draw(rng), backgrounds.surface, room=(0.1, 0.4), widths=(80, 300), hard=0.7) for _ in range(count)]
    for s, reads in zip(shots, binary.read([s.image for s in shots], crop=True)):
        t.add(name, reads and key(reads[0]["text"]) == truth(s.plate))
    t.show(f"Drawn {name}, loose crops, all conditions of the generator")


def false_figures(binary, samples, count=200, seed=12):
    """Pictures without plates: photographs with the plate painted over, and drawn scenes without cars."""
    rng, t = np.random.default_rng(seed), Tally()
    for reads in binary.read([train_detector.hidden(rng, s.image(), s.box) for s in samples]):
        t.add("photographs, plate hidden: a read", reads)
    for reads in binary.read([scenes.scene(rng, cars=0)[0] for _ in range(count)]):
        t.add("drawn streets without vehicles: a read", reads)
    t.show("False reads (lower is better)")


def main():
    p = argparse.ArgumentParser()
    p.add_argument("binary")
    p.add_argument("--part", choices=["held", "check"], default="held")
    p.add_argument("--failures")
    p.add_argument("--only", default="crops,vehicles,false,european,moroccan")
    p.add_argument("--kernel", default="", help="instruction set, as of `amana plates read`")
    a = p.parse_args()
    cv2.setNumThreads(1)
    crops, vehicles = real.everything()
    binary, only = Binary(a.binary, ["--kernel", a.kernel] if a.kernel else []), a.only.split(",")
    mine = lambda samples: [s for s in samples if (s.held if a.part == "held" else s.check)]
    sub = lambda n: os.path.join(a.failures, n) if a.failures else None
    if "crops" in only:
        crops_figures(binary, [s for s in mine(crops) if s.signs], sub("crops"))
    if "vehicles" in only:
        vehicles_figures(binary, mine(vehicles), sub("vehicles"))
    if "false" in only:
        false_figures(binary, mine(vehicles))
    if "european" in only:
        synthetic_figures(binary, kinds.abroad, "European plates")
    if "moroccan" in only:
        synthetic_figures(binary, kinds.one_row, "Moroccan plates, one row")
        synthetic_figures(binary, kinds.two_rows, "Moroccan plates, two rows")


if __name__ == "__main__":
    main()
