"""The tuning data outside of the repository: labels, the held-back fifth, the part for choices, quads from character boxes. PLATE_DATA names the folder."""

import glob
import hashlib
import json
import os
import re
from dataclasses import dataclass

import cv2
import numpy as np

from alphabet import CROP_CLASSES

DATA = os.environ.get("PLATE_DATA", "data")
TEXTS = os.environ.get("PLATE_TEXTS", "")  # JSON: file name -> text keyed by eye, see README.md


@dataclass
class Sample:
    """One tuning picture. quad: corners of the plate or None; signs: in written order or None; held: kept for the published figures;
    check: kept from training too, for choices and calibration."""

    path: str
    signs: list = None
    rows: int = 1
    upper: int = 0  # signs in the upper row of two
    quad: np.ndarray = None
    box: tuple = None
    held: bool = False
    boxes: np.ndarray = None
    check: bool = False
    places: np.ndarray = None  # N×2, middles of the signs, where there are no boxes

    @property
    def trains(self):
        return not (self.held or self.check)

    @property
    def name(self):
        return os.path.basename(self.path)

    def image(self):
        return cv2.cvtColor(cv2.imread(self.path), cv2.COLOR_BGR2RGB)


def rows_of(boxes, height):
    """Splits character boxes (x, y, w, h in pixels) into rows, top first, each from left to right; gives lists of indices."""
    x, y, h = boxes[:, 0], boxes[:, 1], np.median(boxes[:, 3])
    best, slope = None, 0.0
    for s in np.linspace(-0.5, 0.5, 41):
        d = np.sort(y - s * x)
        gaps = np.diff(d)
        # One row leaves a small spread; two rows leave one wide gap and small spreads.
        cutat = int(np.argmax(gaps)) + 1 if len(gaps) else 0
        wide = gaps.max() > 0.6 * h if len(gaps) else False
        parts = [d[:cutat], d[cutat:]] if wide else [d]
        cost = sum(((p - p.mean()) ** 2).sum() for p in parts) + (1.5 * h * h if wide else 0)
        if best is None or cost < best:
            best, slope, split = cost, s, (d[cutat - 1] + d[cutat]) / 2 if wide else None
    level = y - slope * x
    order = np.argsort(x)
    if split is None:
        return [list(order)], slope
    return [[i for i in order if level[i] < split], [i for i in order if level[i] >= split]], slope


def quad_of(boxes, rows, slope):
    """Corners of a plate round its characters: the text's own parallelogram grown by what plates leave blank."""
    h = np.median(boxes[:, 3])
    k = slope
    tall = h - abs(k) * np.median(boxes[:, 2])
    x0, x1 = (boxes[:, 0] - boxes[:, 2] / 2).min() - 0.3 * tall, (boxes[:, 0] + boxes[:, 2] / 2).max() + 0.3 * tall
    level = boxes[:, 1] - k * boxes[:, 0]
    tops = [np.median(level[r]) for r in rows]
    t, b = tops[0] - tall * 0.68, tops[-1] + tall * 0.68
    return np.float32([[x0, t + k * x0], [x1, t + k * x1], [x1, b + k * x1], [x0, b + k * x0]])


def labelled(path):
    """A crop's Sample from its character boxes; None without labels."""
    label = path[:-4] + ".txt"
    lines = [l.split() for l in open(label)] if os.path.exists(label) else []
    lines = [l for l in lines if len(l) == 5]
    if not lines:
        return Sample(path)
    h, w = cv2.imread(path).shape[:2]
    boxes = np.array([[float(v) for v in l[1:]] for l in lines]) * [w, h, w, h]
    rows, slope = rows_of(boxes, h)
    signs = []
    for r in rows:
        for i in r:
            signs.append(CROP_CLASSES[int(lines[i][0])])
    order = [i for r in rows for i in r]
    return Sample(path, signs, len(rows), len(rows[0]) if len(rows) == 2 else 0, quad_of(boxes, rows, slope), boxes=boxes[order])


def series(name):
    """What near-duplicates share: the minute of a phone's time stamp, the video or message number, the picture number."""
    for pattern in (r"^(\d{8}_\d{4})", r"^(VID-\d+-WA\d+)", r"^(IMG-\d+-WA\d+)", r"^(IMG_\d+)", r"^(PHOTO-\d{4}-\d\d-\d\d-\d\d-\d\d)", r"^([a-z]+-\d+)"):
        m = re.match(pattern, name)
        if m:
            return m.group(1)
    return name


def keyed():
    return json.load(open(TEXTS)) if TEXTS and os.path.exists(TEXTS) else {}


def groups(samples):
    """Lists of samples that are joined by series or by the same text; each with the hash of its first name, which decides its side."""
    parent = {}

    def find(a):
        parent.setdefault(a, a)
        while parent[a] != a:
            a = parent[a]
        return a

    for s in samples:
        parent[find("s:" + series(s.name))] = find("n:" + s.name)
        if s.signs and len(s.signs) >= 4:
            parent[find("t:" + "".join(s.signs))] = find("n:" + s.name)
    joined = {}
    for s in samples:
        joined.setdefault(find("n:" + s.name), []).append(s)
    return [(int(hashlib.sha256(min(s.name for s in g).encode()).hexdigest(), 16), g) for g in joined.values()]


def split(samples):
    """Marks the held-back fifth."""
    for number, group in groups(samples):
        for s in group:
            s.held = number % 5 == 0
    return samples


def set_aside(samples):
    """Marks an eighth of what is not held back, for choices and calibration: thresholds, temperature, how often to look."""
    for number, group in groups([s for s in samples if not s.held]):
        for s in group:
            s.check = number // 5 % 8 == 0


def parse(text):
    """A keyed text, written "top/bottom" for two rows -> (signs, rows, signs in the upper row). Latin stand-ins for letters are lower case: a b d h w t y x(ش) g(ج)."""
    names = dict(zip("abdhwtyxgmq", "أبدهوطيشجمق"))
    signs = [names.get(c, c) for c in text if c != "/" and c != " "]
    return signs, 2 if "/" in text else 1, len(text.split("/")[0].replace(" ", "")) if "/" in text else 0


def crops():
    texts, out = keyed(), []
    for path in sorted(glob.glob(DATA + "/crops/*.jpg")):
        s = labelled(path)
        text = texts.get("crops/" + s.name)
        if text == "":  # not legible, or no plate
            s.signs, s.quad = None, None
        elif text is not None:
            signs, rows, upper = parse(text)
            if s.signs is None or rows != s.rows or len(s.boxes) < len(signs):
                s.quad = None
            s.signs, s.rows, s.upper = signs, rows, upper
        out.append(s)
    return out


def vehicles():
    texts, out = keyed(), []
    for path in sorted(glob.glob(DATA + "/vehicles/*.jpg")):
        _, x, y, w, h = (float(v) for v in open(path[:-4] + ".txt").read().split()[:5])
        s = Sample(path, box=tuple(640 * v for v in (x - w / 2, y - h / 2, x + w / 2, y + h / 2)))
        if texts.get("vehicles/" + s.name):
            s.signs, s.rows, s.upper = parse(texts["vehicles/" + s.name])
        out.append(s)
    return out


def everything():
    """All crops and vehicle photographs, split. Texts keyed for vehicles do not move a picture to the other side: a training
    picture that shows a held-back plate loses its text instead, and a held-back one that shows a trained crop's plate too."""
    c, v = crops(), vehicles()
    texts = {s.name: s.signs for s in v}
    for s in v:
        s.signs = None
    split(c + v)
    key = lambda signs: "".join(signs)
    for s in v:
        s.signs = texts[s.name]
    trained = {key(s.signs) for s in c if s.signs and not s.held}
    for s in v:
        if s.held and s.signs and key(s.signs) in trained:
            s.signs = None
    held = {key(s.signs) for s in c + v if s.signs and s.held}
    for s in v:
        if not s.held and s.signs and key(s.signs) in held:
            s.signs = None
    set_aside(c + v)
    return c, v


def add_quads(samples, path):
    """Gives samples the corners and the places of signs of a JSON file made by make_quads.py; nothing without one."""
    quads = json.load(open(path)) if path and os.path.exists(path) else {}
    for s in samples:
        if s.name in quads:
            s.quad, s.places = np.float32(quads[s.name]["quad"]), np.float32(quads[s.name]["places"])
