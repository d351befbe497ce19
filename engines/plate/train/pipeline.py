"""The whole reading chain in torch, as FORMAT.md states it for the Go reader: detector, corners, reader, grammar."""

import re
from dataclasses import dataclass, field

import numpy as np
import torch

import batches
import capture
import export
import train_corner
import train_detector
from alphabet import ALPHABET
from models import CornerNet, Detector, Reader

CODE = r"([1-9]|[1-8]\d)"
SERIES = "[أبدهوطي]"
ONE = re.compile(rf"^([1-9]\d{{0,4}})({SERIES}){CODE}$")
LATIN_ONE = re.compile(rf"^[1-9]\d{{0,4}}([ABDHETY]){CODE}$")
LATIN_TWO = re.compile(rf"^([ABDHETY]){CODE}/[1-9]\d{{0,4}}$")
TWO = re.compile(rf"^({SERIES}){CODE}/([1-9]\d{{0,4}})$")
# What is neither Moroccan series nor digits alone, in the order in which it is tried: WW, old numeric, official and special, all else Latin.
OTHERS = [re.compile(p) for p in (r"^\d{1,6}WW$", r"^\d{1,4}-\d{1,2}-[1-9]$", r"^\d{1,6}(M|ج|ش|J|المغرب)$", r"^\d{2,8}$", r"^[0-9A-Z-]{4,10}$")]


@dataclass
class Read:
    """One plate. text as `amana plates` prints it: serial-letter-code, or letters and digits."""

    text: str
    p: float
    score: float = 1.0
    corners: np.ndarray = None
    box: tuple = None
    candidates: list = field(default_factory=list)


def arabic(s, rows):
    """A plate for travel abroad, with a Latin letter in place of the series, as the plate that it stands for; any other text as it is."""
    m = (LATIN_ONE if rows == 1 else LATIN_TWO).match(s)
    return s[: m.start(1)] + "أبدهوطي"["ABDHETY".index(m.group(1))] + s[m.end(1) :] if m else s


def printed(signs, rows, upper=0):
    """(text, weight of its grammar) of signs in written order; upper: how many of them stand in the upper row of two."""
    s = "".join(signs)
    s = arabic(s if rows == 1 else "".join(signs[:upper]) + "/" + "".join(signs[upper:]), rows)
    m = ONE.match(s) if rows == 1 else None
    if m:
        return "-".join(m.groups()), 1.0
    m = TWO.match(s) if rows == 2 else None
    if m:
        return "-".join([m.group(3), m.group(1), m.group(2)]), 1.0
    s = s.replace("/", "")
    for p in OTHERS:
        if p.match(s):
            return s.replace("-", "") if not re.match(r"^\d+-\d+-\d$", s) else s, 0.5
    return s.replace("-", ""), 0.05


def beam(logp, width=16, keep=12):
    """CTC prefix beam over log probabilities T×A: [(prefix tuple, log p)], best first."""
    beams = {(): (0.0, -np.inf)}
    for row in logp:
        top = np.argsort(row)[::-1][:keep]
        nxt = {}

        def add(prefix, blank, other):
            b, o = nxt.get(prefix, (-np.inf, -np.inf))
            nxt[prefix] = (np.logaddexp(b, blank), np.logaddexp(o, other))

        for prefix, (pb, pn) in beams.items():
            whole = np.logaddexp(pb, pn)
            for c in top:
                if c == 0:
                    add(prefix, whole + row[0], -np.inf)
                elif prefix and prefix[-1] == c:
                    add(prefix, -np.inf, pn + row[c])
                    add(prefix + (int(c),), -np.inf, pb + row[c])
                else:
                    add(prefix + (int(c),), -np.inf, whole + row[c])
        beams = dict(sorted(nxt.items(), key=lambda kv: -np.logaddexp(*kv[1]))[:width])
    return [(k, float(np.logaddexp(*v))) for k, v in sorted(beams.items(), key=lambda kv: -np.logaddexp(*kv[1]))]


def alone(reads):
    """Reads without those whose middle lies within the corners' box of a better one: one plate is one read. Better: the larger score × p."""
    keep = []
    for r in sorted(reads, key=lambda r: -r.score * r.p):
        m = r.corners.mean(0)
        if all((m < k.corners.min(0)).any() or (m > k.corners.max(0)).any() for k in keep):
            keep.append(r)
    return keep


class Chain:
    """The three networks from .amw files."""

    def __init__(self, folder, temperature=None):
        self.detector, self.corner, self.reader = Detector(), CornerNet(), Reader(len(ALPHABET))
        self.meta = {n: export.load(m, f"{folder}/{n}.amw")["meta"] for n, m in (("detect", self.detector), ("corner", self.corner), ("read", self.reader))}
        for m in (self.detector, self.corner, self.reader):
            m.eval()

    @torch.no_grad()
    def corners(self, image, box):
        """(corners 4×2, [P(none), P(one), P(two)]) of the plate in the region round box."""
        quad = batches.sides(box)
        x = train_corner.tensor(capture.cut(image, quad, capture.REGION)[None])
        heat, kind = self.corner(x)
        c = train_corner.expected(heat)[0].numpy()
        k = (quad[2] - quad[0]) / np.float32(capture.REGION)
        p = (kind[0, :, 0, 0] / self.meta["corner"].get("temperature", 1.0)).softmax(0).numpy()
        return c * k + quad[0], p

    @torch.no_grad()
    def texts(self, strips):
        """Log probabilities N×T×A of strips."""
        y = self.reader(torch.from_numpy(capture.standard(np.stack(strips))))[:, :, 0]
        return (y / self.meta["read"].get("temperature", 1.0)).log_softmax(1).permute(0, 2, 1).numpy()

    def read(self, image, box, passes=1, score=1.0):
        """The Read of a box, or None when the corner network says that there is no plate."""
        c, p = self.corners(image, box)
        for _ in range(passes - 1):
            c, p = self.corners(image, (*c.min(0), *c.max(0)))
        if p[0] >= self.meta["corner"].get("reject", 0.5):
            return None
        layouts = [r for r in (1, 2) if p[r] / (p[1] + p[2] + 1e-9) >= 0.1]
        found = {}
        for rows, logp in zip(layouts, self.texts([capture.strip(image, c, r) for r in layouts])):
            share = p[rows] / (p[1] + p[2])
            for prefix, lp in beam(logp):
                text, weight = max((printed([ALPHABET[i] for i in prefix], rows, upper) for upper in range(len(prefix) if rows == 2 else 1)), key=lambda t: t[1])
                if text:
                    found[text] = found.get(text, 0.0) + np.exp(lp) * weight * share
        if not found:
            return None
        total = sum(found.values())
        ranked = sorted(found.items(), key=lambda kv: -kv[1])[:10]
        return Read(ranked[0][0], ranked[0][1] / max(total, 1e-12), score, c, box, [(t, v) for t, v in ranked])

    def picture(self, image, threshold=None):
        """Reads of a whole picture."""
        found = train_detector.detect(self.detector, image, threshold or self.meta["detect"].get("threshold", 0.3))
        reads = [r for r in (self.read(image, f[1:], 2, f[0]) for f in found) if r]
        return alone(reads)

    def crop(self, image):
        return self.read(image, (0, 0, image.shape[1], image.shape[0]), 2)
