"""The kinds of plate and how often each is drawn. A kind gives rows of groups to layouts.compose."""

import cv2
import numpy as np

from layouts import SERIAL, band, code, compose, digits, foreign, letter, style

LATIN = {"أ": "A", "ب": "B", "د": "D", "ه": "H", "و": "E", "ط": "T", "ي": "Y"}


def with_band(rng, left, right=False):
    """An extra for compose: room for bands, then the bands."""
    seed = int(rng.integers(1 << 31))

    def extra(image, height, width):
        if image is None:
            probe = np.zeros((height, width, 3), np.uint8)
            r = np.random.default_rng(seed)
            return (band(r, probe) if left else 0), (band(r, probe, False) if right else 0)
        r = np.random.default_rng(seed)
        if left:
            band(r, image)
        if right:
            band(r, image, False)
        return None

    return extra


def bars(rng, serial, sign, number):
    bar = "|" if rng.random() < 0.9 else " "
    return serial + [bar, sign, bar] + number


def one_row(rng):
    serial, sign, number = digits(rng, 1, 5, SERIAL), letter(rng), code(rng)
    left, right = rng.random() < 0.05, rng.random() < 0.05
    return compose(rng, style(rng), [bars(rng, serial, sign, number)], "morocco", extra=with_band(rng, left, right) if left or right else None)


def two_rows(rng):
    serial, sign, number = digits(rng, 1, 5, SERIAL), letter(rng), code(rng)
    top = [sign, "|" if rng.random() < 0.85 else " "] + number
    return compose(rng, style(rng), [top, serial], "morocco")


def moped(rng):
    serial = (["0"] if rng.random() < 0.7 else []) + digits(rng, 4, 5)
    st = style(rng)
    st.height *= rng.uniform(0.6, 1.0)  # small signs and much paper round them
    return compose(rng, st, [code(rng), serial], "moped", aspect=rng.uniform(0.75, 1.4))


def temporary(rng):
    serial = digits(rng, 3, 6, [0.05, 0.1, 0.25, 0.6])
    groups = serial + [" ", "W", "W"]
    if rng.random() < 0.15:
        return compose(rng, style(rng), [["W", "W"], serial], "ww")
    if rng.random() < 0.08:
        groups = serial + [" ", "W", "1", "8"]
    return compose(rng, style(rng), [groups], "ww")


def old(rng):
    serial = digits(rng, 1, 4, [0.03, 0.07, 0.2, 0.7])
    groups = serial + ["-"] + digits(rng, 1, 2) + ["-", str(rng.integers(1, 10))]
    white = rng.random() < 0.4
    st = style(rng) if white else style(rng, tuple(int(v) for v in rng.integers(5, 45, 3)), tuple(int(v) for v in rng.integers(190, 250, 3)))
    if rng.random() < 0.25:
        cut = groups.index("-") + 1
        return compose(rng, st, [groups[: cut - 1], groups[cut:]], "old")
    return compose(rng, st, [groups], "old")


def trailer(rng):
    st = style(rng, (int(rng.integers(140, 225)), int(rng.integers(10, 60)), int(rng.integers(10, 60))), tuple(int(v) for v in rng.integers(210, 255, 3)))
    groups = digits(rng, 1, 4, [0.05, 0.1, 0.25, 0.6]) + ["-"] + code(rng)
    if rng.random() < 0.3:
        cut = groups.index("-")
        return compose(rng, st, [groups[:cut], groups[cut + 1 :]], "trailer")
    return compose(rng, st, [groups], "trailer")


def official(rng):
    st = style(rng, tuple(int(v) for v in rng.integers(5, 40, 3)), tuple(int(v) for v in rng.integers(205, 255, 3)))
    tail = str(rng.choice(["M", "المغرب", "ج", "ش", "J"], p=[0.35, 0.3, 0.15, 0.1, 0.1]))
    plate = compose(rng, st, [digits(rng, 3, 6, [0.1, 0.1, 0.2, 0.6]) + [" ", tail]], "official")
    if rng.random() < 0.6:  # the letter in red on a light field
        cut = int((plate.places[-2, 0] * 0.45 + plate.places[-1, 0] * 0.55) * plate.image.shape[1])
        ink = cv2.cvtColor(plate.image[:, cut:], cv2.COLOR_RGB2GRAY).astype(np.float32)[:, :, None] / 255
        light, red = np.float32(rng.integers(190, 255)), np.float32([rng.integers(120, 220), rng.integers(10, 70), rng.integers(10, 70)])
        plate.image[:, cut:] = (light * (1 - ink) + red * ink).astype(np.uint8)
    return plate


def special(rng):
    tail = [str(rng.choice(["ش", "ج", "ش", "م", "ق", "و"]))]
    if tail[0] in "قو" :
        tail.append("م")
    return compose(rng, style(rng), [digits(rng, 2, 6) + ["|" if rng.random() < 0.5 else " "] + tail], "official")


def diplomatic(rng):
    st = style(rng, (int(rng.integers(200, 250)), int(rng.integers(160, 215)), int(rng.integers(10, 70))))
    lead = list(rng.choice(["CD", "CC", "CMD", "CI"]))
    groups = [str(c) for c in lead] + [" "] + digits(rng, 1, 3) + ["-"] + digits(rng, 1, 3)
    return compose(rng, st, [groups], "diplomatic")


def international(rng):
    serial, sign, number = digits(rng, 1, 5, SERIAL), letter(rng), code(rng)
    if rng.random() < 0.3:
        return compose(rng, style(rng), [[LATIN[sign], "|"] + number, serial], "morocco-latin")
    return compose(rng, style(rng), [bars(rng, serial, LATIN[sign], number)], "morocco-latin", extra=with_band(rng, rng.random() < 0.4))


def tunisia(rng):
    st = style(rng, tuple(int(v) for v in rng.integers(5, 40, 3)), tuple(int(v) for v in rng.integers(205, 255, 3)))
    return compose(rng, st, [digits(rng, 1, 3) + [" ", "تونس", " "] + digits(rng, 1, 4)], "foreign")


def abroad(rng):
    groups = foreign(rng)
    paper = (int(rng.integers(215, 250)), int(rng.integers(170, 210)), int(rng.integers(20, 90))) if rng.random() < 0.15 else None
    st = style(rng, paper)
    left, right = rng.random() < 0.65, rng.random() < 0.2
    if " " in groups and rng.random() < 0.3:
        groups[groups.index(" ")] = "•"
    cut = next((groups.index(c) for c in " -•" if c in groups), 0)
    if cut and rng.random() < 0.15:
        return compose(rng, st, [groups[:cut], groups[cut + 1 :]], "foreign")
    groups = groups if rng.random() < 0.8 else [g for g in groups if g != " "]
    return compose(rng, st, [groups], "foreign", aspect=rng.uniform(4.0, 5.0), extra=with_band(rng, left, right) if left or right else None)


WEIGHTS = {one_row: 40, two_rows: 14, moped: 6, temporary: 6, old: 3, trailer: 2.5, official: 5, special: 3, diplomatic: 1.5, international: 2, tunisia: 1, abroad: 28}
_KINDS, _P = list(WEIGHTS), np.array(list(WEIGHTS.values())) / sum(WEIGHTS.values())


def draw(rng):
    """A plate of a random kind."""
    return _KINDS[rng.choice(len(_KINDS), p=_P)](rng)
