"""Endless training samples for the three networks: synthetic ones from a pool that is slowly renewed, and real ones of the training side."""

import cv2
import numpy as np

import backgrounds
import capture
import kinds


class Pool:
    """Flat plates, drawn once and shot several times; `fresh` is the chance that a request draws a new one."""

    def __init__(self, rng, size=6000, fresh=0.35):
        self.rng, self.size, self.fresh, self.plates = rng, size, fresh, []

    def take(self):
        if len(self.plates) < self.size or self.rng.random() < self.fresh:
            plate = kinds.draw(self.rng)
            if len(self.plates) < self.size:
                self.plates.append(plate)
            else:
                self.plates[self.rng.integers(self.size)] = plate
            return plate
        return self.plates[self.rng.integers(self.size)]


def swapped(rng, image, boxes, signs):
    """The picture with digits of the plate exchanged among their boxes: new texts in real faces and real light. Boxes (x, y, w, h)."""
    picks = [i for i, s in enumerate(signs) if s.isdigit()]
    if len(picks) < 3 or len(boxes) != len(signs):
        return image, signs
    out, new = image.copy(), list(signs)
    edge = lambda b: (int(b[0] - b[2] / 2), int(b[1] - b[3] / 2), int(b[0] + b[2] / 2), int(b[1] + b[3] / 2))
    tall = np.median(boxes[:, 3])
    for i in picks:
        j = int(rng.choice(picks))
        if i == j or signs[i] == signs[j] or rng.random() < 0.3:
            continue
        x0, y0, x1, y1 = edge(boxes[j])
        u0, v0, u1, v1 = edge(boxes[i])
        if min(x1 - x0, y1 - y0, u1 - u0, v1 - v0) < 4 or min(x0, y0, u0, v0) < 0 or x1 > image.shape[1] or y1 > image.shape[0] or u1 > image.shape[1] or v1 > image.shape[0]:
            continue
        ratio = (x1 - x0) / max(1, u1 - u0)
        if not 0.6 < ratio < 1.6 or not 0.7 < boxes[j][3] / boxes[i][3] < 1.4 or boxes[i][3] < 0.6 * tall:
            continue
        patch = cv2.resize(image[y0:y1, x0:x1], (u1 - u0, v1 - v0), interpolation=cv2.INTER_AREA if x1 - x0 > u1 - u0 else cv2.INTER_LINEAR).astype(np.float32)
        paper = lambda p: np.percentile(p.reshape(-1, 3), 85, axis=0)
        patch = np.clip(patch * (paper(image[v0:v1, u0:u1]) / np.maximum(8, paper(patch))), 0, 255)
        out[v0:v1, u0:u1] = patch.astype(np.uint8)
        new[i] = signs[j]
    return out, new


class RealCrops:
    """Shots of labelled real plates, made harder: swapped digits, less light, blur, noise, JPEG."""

    def __init__(self, samples, room=0.25, width=330):
        """room: what is kept round each plate, in its widths and heights; width: of the widest plate kept, in pixels."""
        self.items = []
        for s in samples:
            if s.signs is None or s.quad is None:
                continue
            image, q = s.image(), s.quad
            x0, y0 = np.maximum(0, q.min(0) - room * np.ptp(q, axis=0)).astype(int)
            x1, y1 = np.ceil(q.max(0) + room * np.ptp(q, axis=0)).astype(int)
            image = image[y0:y1, x0:x1]
            q = q - np.float32([x0, y0])
            boxes = (s.boxes if s.boxes is not None else np.zeros((0, 4))) - np.float32([x0, y0, 0, 0])
            middles = s.places - np.float32([x0, y0]) if s.places is not None else boxes[:, :2]
            k = min(1.0, width / np.ptp(q[:, 0]))
            image = cv2.resize(image, None, fx=k, fy=k, interpolation=cv2.INTER_AREA) if k < 1 else image
            self.items.append((np.ascontiguousarray(image), q * k, boxes * k, middles * k, s.signs, s.rows))

    def take(self, rng):
        """(image, corners, rows, signs, middles of the signs or None)"""
        image, quad, boxes, middles, signs, rows = self.items[rng.integers(len(self.items))]
        if rng.random() < 0.5:
            image, signs = swapped(rng, image, boxes, signs)
        middles = middles if len(middles) == len(signs) else None
        width = np.linalg.norm(quad[1] - quad[0])
        goal = np.exp(rng.uniform(np.log(48), np.log(300))) * (1 if rows == 1 else 0.62)
        if goal < width and rng.random() < 0.5:
            k = goal / width
            image, quad, width = cv2.resize(image, None, fx=k, fy=k, interpolation=cv2.INTER_AREA), quad * k, goal
            middles = None if middles is None else middles * k
        if rng.random() < 0.6:
            out = capture.light(rng, image) if rng.random() < 0.6 else image.astype(np.float32)
            if rng.random() < 0.12:
                out = 255 - out
            image = capture.optics(rng, out, width)
        return image, quad, rows, signs, middles


def strips(rng, pool, real, n, share, loose=0.07):
    """n reader samples: (n×32×160 uint8, signs of each, x of each sign in the strip or None). share: the part that is real."""
    out = []
    behind = lambda r, h, w: backgrounds.surface(r, h, w)
    while len(out) < n:
        if real is not None and rng.random() < share:
            image, quad, rows, signs, middles = real.take(rng)
            amount = loose * 1.2
        else:
            shot = capture.shoot(rng, pool.take(), behind, room=(0.05, 0.25), widths=(60, 240), hard=0.85)
            image, quad, rows, signs, amount = shot.image, shot.corners, shot.plate.rows, shot.plate.signs, loose
            middles = shot.places()
        c = capture.loosened(rng, quad, amount * (2.0 if rng.random() < 0.1 else 1.0))
        out.append((capture.strip(image, c, rows), signs, None if middles is None else capture.strip_places(middles, c, rows)))
    xs, ys, places = zip(*out)
    return np.stack(xs), list(ys), list(places)


def sides(box, aspect=5 / 3):
    """Region round a box (x0, y0, x1, y1): the quad that the corner network sees. FORMAT.md."""
    cx, cy, bw, bh = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2, box[2] - box[0], box[3] - box[1]
    w = max(1.5 * bw, 2.4 * bh)
    h = w / aspect
    if 1.5 * bh > h:
        h = 1.5 * bh
        w = h * aspect
    return np.float32([[cx - w / 2, cy - h / 2], [cx + w / 2, cy - h / 2], [cx + w / 2, cy + h / 2], [cx - w / 2, cy + h / 2]])


def into(quad, corners):
    """Corners in the pixels of the region cut from the upright quad."""
    k = np.float32(capture.REGION) / (quad[2] - quad[0])
    return ((corners - quad[0]) * k).astype(np.float32)


def jittered_box(rng, corners):
    """The plate's bounding box as a detector (or a loose crop) gives it."""
    a, b = corners.min(0), corners.max(0)
    size = b - a
    if rng.random() < 0.3:  # a loose crop or a box of a turned picture
        grow = rng.uniform(0, 0.45, 4)
    else:
        grow = rng.normal(0.03, 0.07, 4)
    return a[0] - grow[0] * size[0], a[1] - grow[1] * size[1] * 1.5, b[0] + grow[2] * size[0], b[1] + grow[3] * size[1] * 1.5


def clutter(rng, image):
    """Things that are no plate but look like one: a word on a sign, a badge, a lamp."""
    h, w = image.shape[:2]
    a = rng.uniform(0.1, 0.35) * w, rng.uniform(0.15, 0.4) * h
    b = rng.uniform(0.65, 0.9) * w, rng.uniform(0.6, 0.85) * h
    tone = tuple(int(v) for v in rng.integers(0, 255, 3))
    if rng.random() < 0.6:
        cv2.rectangle(image, (int(a[0]), int(a[1])), (int(b[0]), int(b[1])), tone, -1 if rng.random() < 0.7 else 2)
    words = ["AUTO ECOLE", "TAXI", "CAFE", "STOP", "LOGAN", "CLIO", "KANGOO", "TDI", "OPEN", "PHARMACIE", "0522 33 44 55", "POLICE", "HDI 90", "SORTIE", "P", "60", "FIAT", "DACIA", "C 200 CDI", "R", "4X4"]
    word = str(rng.choice(words))
    ink = tuple(int(v) for v in rng.integers(0, 255, 3))
    size = cv2.getTextSize(word, cv2.FONT_HERSHEY_DUPLEX, 1.0, 2)[0]
    k = (b[0] - a[0]) / size[0] * rng.uniform(0.5, 1.0)
    k = min(k, (b[1] - a[1]) / size[1])
    cv2.putText(image, word, (int(a[0]), int((a[1] + b[1]) / 2 + size[1] * k / 2)), int(rng.choice([0, 2, 3, 4, 7])), k, ink, max(1, int(2 * k)), cv2.LINE_AA)
    return image


class Nothing:
    """Regions without a plate."""

    def __init__(self, background):
        self.background = background

    def take(self, rng):
        image = self.background(rng, 96, 160)
        if rng.random() < 0.4:  # the border repeated, as round a crop
            h, w = int(rng.integers(30, 96)), int(rng.integers(60, 160))
            image = capture.cut(image[:h, :w], sides((0, 0, w * rng.uniform(0.7, 1.2), h * rng.uniform(0.7, 1.2))), capture.REGION)
        if rng.random() < 0.45:
            image = clutter(rng, image)
        if rng.random() < 0.3:
            image = capture.optics(rng, capture.light(rng, image), rng.uniform(40, 150))
        return image


def closer(rng, image, corners):
    """A loose crop, as people cut plates out: (image, corners)."""
    size = np.ptp(corners, axis=0)
    a = np.maximum(0, corners.min(0) - rng.uniform(0, 0.3, 2) * size).astype(int)
    b = np.ceil(corners.max(0) + rng.uniform(0, 0.3, 2) * size).astype(int)
    return image[a[1] : b[1], a[0] : b[0]], corners - np.float32(a)


def regions(rng, pool, background, real, n, share=0.3, none=0.25):
    """n corner samples: images n×96×160×3 uint8, corners n×4×2 in pixels (NaN where unknown), kinds n (0 none, 1 one row, 2 two rows)."""
    xs, cs, ks = [], [], []
    nothing = Nothing(background)
    for _ in range(n):
        u = rng.random()
        if u < none:
            xs.append(nothing.take(rng)), cs.append(np.full((4, 2), np.nan, np.float32)), ks.append(0)
            continue
        whole = rng.random() < 0.12
        if real is not None and u < none + share:
            image, corners, rows, _, _ = real.take(rng)
            if rng.random() < 0.3:
                whole, (image, corners) = True, closer(rng, image, corners)
        else:
            tight = rng.random() < 0.2
            shot = capture.shoot(rng, pool.take(), background, room=(0.0, 0.08) if tight else (0.25, 0.7), widths=(28, 220))
            image, corners, rows = shot.image, shot.corners, shot.plate.rows
        quad = sides((0, 0, image.shape[1], image.shape[0]) if whole else jittered_box(rng, corners))
        xs.append(capture.cut(image, quad, capture.REGION)), cs.append(into(quad, corners)), ks.append(rows)
    return np.stack(xs), np.stack(cs), np.array(ks)
