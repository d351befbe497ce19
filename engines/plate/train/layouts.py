"""Plates as they are made: text of every kind and a drawing of it, flat, before any camera."""

from dataclasses import dataclass, field

import cv2
import numpy as np

import glyphs
from alphabet import LETTERS

LINE = 60  # pixels per row of a plate


@dataclass
class Plate:
    """A drawn plate. signs: in the order in which they are written, top row first. places: N×2, middle of each sign as fractions of width and height.
    split: y of the cut between rows, fraction of the height."""

    image: np.ndarray
    signs: list
    rows: int
    kind: str
    split: float = 0.5
    places: np.ndarray = None

    @property
    def upper(self):
        """How many signs stand in the upper row of two."""
        return int((self.places[:, 1] < self.split).sum()) if self.rows == 2 else 0


@dataclass
class Style:
    """What one plate has in common: faces, colours, stretch."""

    latin: str
    letters: str  # Latin letters: as a rule in the face of the digits
    arabic: str
    paper: tuple
    ink: tuple
    height: float  # of a digit, fraction of the row
    stretch: float  # mean width of a digit over its height
    gap: float  # between digits, fraction of the digit's height
    weight: int = 0  # pixels that strokes grow or shrink
    slant: float = 0.0
    words: dict = field(default_factory=dict)


def digits(rng, lo, hi, weights=None):
    n = rng.choice(np.arange(lo, hi + 1), p=weights)
    first = str(rng.integers(1, 10))
    return list(first + "".join(str(d) for d in rng.integers(0, 10, n - 1)))


def code(rng):
    popular = [1, 6, 7, 8, 10, 13, 14, 15, 26, 40, 44, 48, 50, 59, 72, 83]
    return list(str(rng.choice(popular) if rng.random() < 0.3 else rng.integers(1, 90)))


SERIAL = [0.03, 0.04, 0.09, 0.28, 0.56]
SERIES = ["أ", "ب", "د", "ه", "و", "ط", "ي"]


def letter(rng):
    return str(rng.choice(SERIES, p=[0.2, 0.17, 0.14, 0.15, 0.14, 0.12, 0.08]))


PATTERNS = ["LL-NNN-LL", "LL NNN LL", "NNNN LLL", "L LL NNNN", "LL L NNNN", "LLL LL NNN", "LL-NN-LL", "NN-LL-NN", "NN-LLL-N", "LLNN LLL", "N-LLL-NNN", "LLNNNNN", "NLN NNNN",
            "LLLNNN", "NNNN LL NN", "LL NNNN", "NNNNN NNN NN", "NNNNNN NN NN", "LL NNNNN", "NNN LLL", "LNNNN", "NNNNNN", "L NNNN LL", "LL NNNN LL", "NLLL NNN", "LNN LL", "NNNN L"]


def foreign(rng):
    """Groups of signs of a plate of Europe or a neighbour; the dash is a sign, a space is not."""
    out = []
    for c in str(rng.choice(PATTERNS)):
        out.append(str(rng.choice(list("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))) if c == "L" else str(rng.integers(0, 10)) if c == "N" else c)
    return out


def style(rng, paper=None, ink=None):
    light = rng.integers(205, 256)
    tint = rng.integers(-12, 13, 3)
    paper = paper or tuple(int(np.clip(light + t, 0, 255)) for t in tint)
    ink = ink or tuple(int(v) for v in rng.integers(0, 55) + rng.integers(0, 12, 3))
    slant = rng.normal(0, 0.02) if rng.random() < 0.92 else rng.uniform(0.1, 0.25)
    face = lambda: str(rng.choice(glyphs.faces("latin" if rng.random() < 0.93 else "ornate")))
    latin = face()
    letters = latin if rng.random() < 0.92 else face()
    return Style(latin, letters, str(rng.choice(glyphs.faces("arabic"))), paper, ink, rng.uniform(0.5, 0.86), rng.uniform(0.36, 0.68), rng.uniform(0.06, 0.3),
                 int(rng.choice([-1, 0, 0, 1])), slant)


def sign_mask(rng, st, sign, row):
    """Mask of one sign for a row of the given height in pixels, and how far its middle lies below that of the row."""
    h = st.height * row
    if sign == "-":
        return np.full((max(2, int(h * rng.uniform(0.07, 0.13))), int(h * rng.uniform(0.15, 0.4))), 255, np.uint8), 0
    if sign in LETTERS or len(sign) > 1:
        shape = st.words.setdefault(sign, str(rng.choice(glyphs.SHAPES.get(sign, [sign]))))
        m, _, em = glyphs.mask(st.arabic, shape)
        tall = {"أ": rng.uniform(0.7, 1.05), "ط": rng.uniform(0.6, 1.0)}.get(sign, rng.uniform(0.42, 0.8)) * h
        if len(sign) > 1:
            tall = h * rng.uniform(0.5, 0.8)
        wide = tall * m.shape[1] / m.shape[0] * rng.uniform(0.8, 1.25)
        wide = min(wide, h * (1.3 if len(sign) == 1 else 2.2))
        return glyphs.scaled(m, tall, wide), rng.uniform(-0.06, 0.1) * h
    face = st.letters if sign.isalpha() else st.latin
    m = glyphs.mask(face, sign)[0]
    ch, cw = glyphs.cap(face)
    k = h / ch
    return glyphs.scaled(m, m.shape[0] * k, m.shape[1] * h * st.stretch / cw), 0


def finish_mask(st, m):
    if st.weight and min(m.shape) > 8:
        kernel = np.ones((2, 2), np.uint8)
        m = cv2.dilate(m, kernel) if st.weight > 0 else cv2.erode(m, kernel)
    return m


def seals(rng, h):
    """Mask of the round seals that stand between the groups of German plates and their neighbours', one above the other."""
    r, n = max(2, int(h * rng.uniform(0.12, 0.24))), int(rng.integers(1, 3))
    m = np.zeros((max(2 * r + 1, int(h)), 2 * r + 1), np.uint8)
    for i in range(n):
        cv2.circle(m, (r, int((i + 0.5) * m.shape[0] / n)), r, int(rng.integers(50, 256)), -1 if rng.random() < 0.7 else 1, cv2.LINE_AA)
    return m


def row_parts(rng, st, groups, row):
    """[(mask, x, dy, whether a sign)] and the width: groups of signs, "|" for a bar, "•" for seals, " " for space, laid out from x = 0."""
    parts, x, h = [], 0.0, st.height * row
    space = rng.uniform(0.2, 0.9) * h
    for s in groups:
        if s == " ":
            x += space
            continue
        if s == "|":
            x += h * rng.uniform(0.02, 0.35)
            tall = int(row * rng.uniform(0.62, 0.97))
            parts.append((np.full((tall, max(1, int(row * rng.uniform(0.025, 0.06)))), 255, np.uint8), x, 0, False))
            x += h * rng.uniform(0.1, 0.4)
            continue
        if s == "•":
            m = seals(rng, h)
            parts.append((m, x, 0, False))
            x += m.shape[1] + st.gap * h
            continue
        m, dy = sign_mask(rng, st, s, row)
        m = finish_mask(st, m)
        parts.append((m, x, dy, True))
        x += m.shape[1] + st.gap * h * (1 if s != "-" else 0.7)
    return parts, max(8.0, x - st.gap * h)


def blit(ink, m, x, y):
    """Takes the larger of ink and mask, the mask's corner at (x, y), clipped."""
    x, y = int(x), int(y)
    x0, y0, x1, y1 = max(0, x), max(0, y), min(ink.shape[1], x + m.shape[1]), min(ink.shape[0], y + m.shape[0])
    if x1 > x0 and y1 > y0:
        np.maximum(ink[y0:y1, x0:x1], m[y0 - y : y1 - y, x0 - x : x1 - x], out=ink[y0:y1, x0:x1])


def draw_row(rng, st, groups, width, row, ink, top):
    """Draws a row into the ink map, squeezed when it is too wide, spread when there is room; gives the middles (x, y) of its signs."""
    parts, w = row_parts(rng, st, groups, row)
    room = width - w
    pad = width * rng.uniform(0.02, 0.07)
    k = min(1.0, (width - 2 * pad) / w)
    spread = max(0.0, room - 2 * pad) * rng.choice([0, 0.5, 0.9]) / max(1, len(parts) - 1) if k == 1.0 else 0.0
    left = pad if k < 1 else (width - w - spread * (len(parts) - 1)) * rng.uniform(0.35, 0.65)
    middles = []
    for i, (m, x, dy, sign) in enumerate(parts):
        if k < 1:
            m = glyphs.scaled(m, m.shape[0], m.shape[1] * k)
        at = left + x * k + spread * i
        blit(ink, m, at, top + (row - m.shape[0]) / 2 + dy)
        if sign:
            middles.append((at + m.shape[1] / 2, top + row / 2))
    return middles


def paint(st, ink):
    """Paper and ink mixed by the ink map, through a table of 256 colours."""
    a = np.arange(256, dtype=np.float32)[:, None] / 255
    table = (np.asarray(st.paper, np.float32) * (1 - a) + np.asarray(st.ink, np.float32) * a).astype(np.uint8)
    return cv2.LUT(cv2.merge([ink, ink, ink]), table[None])


def slanted(st, ink):
    if abs(st.slant) < 0.005:
        return ink
    h, w = ink.shape
    return cv2.warpAffine(ink, np.float32([[1, -st.slant, st.slant * h / 2], [0, 1, 0]]), (w, h))


def border(rng, image, colour):
    """Frame line, screws, small print: all that is not text."""
    h, w = image.shape[:2]
    if rng.random() < 0.65:
        d = int(rng.integers(0, 4))
        cv2.rectangle(image, (d, d), (w - 1 - d, h - 1 - d), colour, int(rng.integers(1, 4)))
    for _ in range(rng.integers(0, 3) * 2 if rng.random() < 0.6 else 0):
        x = int(rng.choice([rng.uniform(0.02, 0.12), rng.uniform(0.3, 0.7), rng.uniform(0.88, 0.98)]) * w)
        y = int(rng.choice([rng.uniform(0.06, 0.2), rng.uniform(0.4, 0.6), rng.uniform(0.8, 0.94)]) * h)
        tone = int(rng.integers(40, 235))
        cv2.circle(image, (x, y), int(rng.integers(2, 6)), (tone, tone, tone), -1, cv2.LINE_AA)
    if rng.random() < 0.12:
        words = " ".join(str(rng.choice(["AUTO", "GARAGE", "MAROC", "TEL 05", "CENTRE", "www.auto", "SARL", "DIN"])) for _ in range(3))
        y = int(h * 0.985) if rng.random() < 0.7 else int(h * 0.07)
        cv2.putText(image, words, (int(w * rng.uniform(0.1, 0.4)), y), cv2.FONT_HERSHEY_SIMPLEX, rng.uniform(0.2, 0.32), colour, 1, cv2.LINE_AA)
    return image


def band(rng, image, left=True):
    """The blue strip of European and newer plates, with stars and letters that are not read."""
    h, w = image.shape[:2]
    b = int(h * rng.uniform(0.3, 0.45)) if w > 2.5 * h else int(w * rng.uniform(0.12, 0.18))
    x0 = 0 if left else w - b
    image[:, x0 : x0 + b] = (int(rng.integers(0, 40)), int(rng.integers(30, 80)), int(rng.integers(110, 200)))
    cv2.circle(image, (x0 + b // 2, int(h * 0.3)), max(2, b // 4), (240, 210, 40), max(1, b // 14))
    name = str(rng.choice(["D", "F", "E", "P", "I", "NL", "B", "PL", "MA", "CZ", "A", "L"]))
    cv2.putText(image, name, (x0 + b // 8, int(h * 0.88)), cv2.FONT_HERSHEY_SIMPLEX, b / 40 / len(name) ** 0.5, (255, 255, 255), 1 + b // 30, cv2.LINE_AA)
    return b


def compose(rng, st, rows, kind, aspect=None, extra=None):
    """Draws rows of groups. aspect: width over height of the plate. extra: called with the painted picture."""
    n = len(rows)
    aspect = aspect or (rng.uniform(3.9, 5.0) if n == 1 else rng.uniform(1.2, 1.75))
    share = [1.0] if n == 1 else (lambda t: [t, 1 - t])(rng.uniform(0.42, 0.52))
    height = LINE * n
    width = int(height * aspect)
    lead, tail = (extra or (lambda *_: (0, 0)))(None, height, width)
    ink = np.zeros((height, width - lead - tail), np.uint8)
    top, middles = 0.0, []
    for groups, part in zip(rows, share):
        middles += draw_row(rng, st, groups, ink.shape[1], height * part, ink, top)
        top += height * part
    if n == 2 and rng.random() < 0.55 and kind != "foreign":
        cv2.line(ink, (int(width * 0.04), int(height * share[0])), (int(ink.shape[1] - width * 0.04), int(height * share[0])), 255, int(rng.integers(1, 4)))
    image = paint(st, slanted(st, ink))
    if lead or tail:
        image = cv2.copyMakeBorder(image, 0, 0, lead, tail, cv2.BORDER_CONSTANT, value=st.paper)
    if extra:
        extra(image, height, width)
    border(rng, image, st.ink)
    signs = [s for groups in rows for s in groups if s not in " |•"]
    places = np.float32([((x - st.slant * (y - height / 2) + lead) / width, y / height) for x, y in middles])
    return Plate(image, signs, n, kind, share[0] if n == 2 else 0.5, places)
