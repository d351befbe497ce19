"""What a camera makes of a flat plate: perspective, light, dirt, blur, noise, compression. Also the cuts that the networks see."""

from dataclasses import dataclass

import cv2
import numpy as np

REGION = (160, 96)  # width, height of the corner network's input
STRIP = (160, 32)  # width, height of the reader's input
MARGIN = 0.04
SPLIT_TOP, SPLIT_BOTTOM = 0.54, 0.42


@dataclass
class Shot:
    """A picture with one plate: corners 4×2 in pixels, from top left clockwise as one reads it."""

    image: np.ndarray
    corners: np.ndarray
    plate: object

    def places(self):
        """Middles of the signs in the picture, N×2."""
        unit = np.float32([[0, 0], [1, 0], [1, 1], [0, 1]])
        return cv2.perspectiveTransform(self.plate.places[None], cv2.getPerspectiveTransform(unit, self.corners))[0]


def projected(rng, aspect, hard=1.0):
    """Corners of a plate of width 1 seen by a camera, around the origin."""
    yaw = np.clip(rng.normal(0, 22 * hard), -58, 58)
    pitch = np.clip(rng.normal(4, 12 * hard), -40, 40)
    roll = np.clip(rng.normal(0, 5 * hard) if rng.random() < 0.85 else rng.uniform(-22, 22), -28, 28)
    y, p, r = np.radians([yaw, pitch, roll])
    h = 1 / aspect
    pts = np.array([[-0.5, -h / 2, 0], [0.5, -h / 2, 0], [0.5, h / 2, 0], [-0.5, h / 2, 0]])
    pts = pts @ np.array([[np.cos(y), 0, -np.sin(y)], [0, 1, 0], [np.sin(y), 0, np.cos(y)]]).T
    pts = pts @ np.array([[1, 0, 0], [0, np.cos(p), -np.sin(p)], [0, np.sin(p), np.cos(p)]]).T
    pts = pts @ np.array([[np.cos(r), -np.sin(r), 0], [np.sin(r), np.cos(r), 0], [0, 0, 1]]).T
    d = rng.uniform(2.5, 10)
    return (pts[:, :2] * (d / (d + pts[:, 2:]))).astype(np.float32)


def smooth_noise(rng, h, w, cells):
    """Slow noise in 0…1."""
    small = rng.random((max(2, cells), max(2, int(cells * w / h))), np.float32)
    return cv2.resize(small, (w, h), interpolation=cv2.INTER_CUBIC)


def dirt(rng, image):
    """Dust, scratches and worn paint on a flat plate."""
    h, w = image.shape[:2]
    if rng.random() < 0.25:
        n = smooth_noise(rng, h, w, int(rng.integers(3, 14)))
        a = np.clip((n - rng.uniform(0.35, 0.75)) * 3, 0, rng.uniform(0.15, 0.75))[:, :, None]
        tone = np.float32([rng.uniform(60, 200)] * 3) * np.float32([1.0, rng.uniform(0.85, 1), rng.uniform(0.7, 1)])
        image = (image * (1 - a) + tone * a).astype(np.uint8)
    if rng.random() < 0.1:
        tone = int(rng.integers(20, 240))
        for _ in range(rng.integers(1, 5)):
            a, b = rng.integers(0, [w, h], (2, 2))
            cv2.line(image, tuple(map(int, a)), (int(a[0] + (b[0] - a[0]) * 0.3), int(b[1])), (tone,) * 3, 1, cv2.LINE_AA)
    if rng.random() < 0.15:  # embossed signs catch the light at one edge
        g = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
        e = cv2.filter2D(g, cv2.CV_16S, np.float32([[-1, -1, 0], [-1, 0, 1], [0, 1, 1]]) * rng.uniform(0.05, 0.3))
        image = cv2.add(image, cv2.merge([e, e, e]), dtype=cv2.CV_8U)
    return image


def bent(rng, image):
    """A flat plate that follows a bumper: its middle higher or lower than its ends."""
    h, w = image.shape[:2]
    u = np.arange(w, dtype=np.float32) / w
    rise = (rng.uniform(-0.1, 0.1) * h * 4 * u * (1 - u)).astype(np.float32)
    x = np.repeat(np.arange(w, dtype=np.float32)[None], h, 0)
    return cv2.remap(image, x, np.arange(h, dtype=np.float32)[:, None] + rise[None], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def light(rng, image):
    """Gradients, shadow edges, glare, colour of the lamp, night. On the whole picture, once the plate is in."""
    h, w = image.shape[:2]
    gain = np.float32([1, 1, 1])
    if rng.random() < 0.35:
        gain = gain * (1 + rng.normal(0, 0.12, 3).astype(np.float32))
    night = rng.random() < 0.16
    if night:
        gain = gain * rng.uniform(0.12, 0.5)
        if rng.random() < 0.6:
            gain = gain * np.float32([1.15, rng.uniform(0.65, 0.95), rng.uniform(0.25, 0.7)])
    else:
        gain = gain * rng.uniform(0.45, 1.15)
    field = None
    if rng.random() < 0.4:
        g = np.linspace(-1, 1, w, dtype=np.float32)[None] * rng.normal(0, 0.25) + np.linspace(-1, 1, h, dtype=np.float32)[:, None] * rng.normal(0, 0.25)
        field = 1 + g
    if rng.random() < 0.22:
        field = (1.0 if field is None else field) * shadow(rng, h, w)
    out = image.astype(np.float32)
    if field is not None:
        out *= field[:, :, None]
    out *= gain
    if rng.random() < 0.12:
        out += glare(rng, h, w)[:, :, None]
    if rng.random() < 0.15:
        out = out * rng.uniform(0.35, 0.8) + rng.uniform(30, 130)  # haze, low contrast
    return out


def shadow(rng, h, w):
    """A field with one or two straight-edged dark parts."""
    m = np.ones((h, w), np.float32)
    a, b = rng.uniform(-0.3, 1.3, (2, 2)) * [w, h]
    d = np.array([b[1] - a[1], a[0] - b[0]]) / (np.hypot(*(b - a)) + 1e-6)
    side = (np.arange(w)[None] - a[0]) * d[0] + (np.arange(h)[:, None] - a[1]) * d[1]
    dark = rng.uniform(0.3, 0.75)
    wide = rng.uniform(0.15, 1.0) * h
    m[(side > 0) & ((side < wide) | (rng.random() < 0.5))] = dark
    return cv2.GaussianBlur(m, (0, 0), rng.uniform(0.5, 0.05 * h + 0.6))


def glare(rng, h, w):
    x, y = rng.uniform(0, w), rng.uniform(0, h)
    s = rng.uniform(0.1, 0.5) * w
    return rng.uniform(60, 230) * np.exp(-(((np.arange(w)[None] - x) / s) ** 2 + ((np.arange(h)[:, None] - y) / (s * rng.uniform(0.3, 1))) ** 2)).astype(np.float32)


def motion_kernel(rng, length):
    k = np.zeros((length, length), np.float32)
    a = rng.normal(0, 0.4) if rng.random() < 0.7 else rng.uniform(0, np.pi)
    c, d = (length - 1) / 2, np.array([np.cos(a), np.sin(a)]) * (length - 1) / 2
    cv2.line(k, (int(round(c - d[0])), int(round(c - d[1]))), (int(round(c + d[0])), int(round(c + d[1]))), 1.0, 1)
    return k / max(1.0, k.sum())


def optics(rng, out, width):
    """Blur, rain, noise and JPEG on a float picture in which the plate is `width` pixels wide; gives uint8."""
    h, w = out.shape[:2]
    u = width / 160
    if rng.random() < 0.5:
        out = cv2.GaussianBlur(out, (0, 0), max(0.3, rng.uniform(0.2, 1.3) * max(0.5, u)))
    if rng.random() < 0.15:
        n = int(rng.uniform(2, 9) * max(0.5, u)) + 1
        out = cv2.filter2D(out, -1, motion_kernel(rng, max(2, n)))
    if rng.random() < 0.04:
        for _ in range(rng.integers(5, 40)):
            x, y, n = int(rng.uniform(0, w)), int(rng.uniform(0, h)), int(rng.uniform(2, 12) * u) + 1
            cv2.line(out, (x, y), (x + int(n * 0.2), y + n), (float(rng.uniform(120, 220)),) * 3, 1)
    if rng.random() < 0.6:
        sigma = rng.gamma(1.5, 3.0)
        noise = rng.standard_normal((h, w), np.float32) if rng.random() < 0.6 else rng.standard_normal((h, w, 3), np.float32)
        out = out + (noise if noise.ndim == 3 else noise[:, :, None]) * sigma
    if rng.random() < 0.08:
        spots = rng.random((h, w)) < rng.uniform(0.003, 0.03)
        out[spots] = rng.choice(np.float32([0, 255]), int(spots.sum()))[:, None]
    out = np.clip(out, 0, 255).astype(np.uint8)
    if rng.random() < 0.45:
        ok, buf = cv2.imencode(".jpg", out, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(18, 92))])
        out = cv2.imdecode(buf, cv2.IMREAD_COLOR)
    return out


def surround(rng, image, corners):
    """A frame or a recess round the plate, drawn under it."""
    mid = corners.mean(0)
    k = 1 + rng.uniform(0.02, 0.16)
    ring = (mid + (corners - mid) * [k, 1 + (k - 1) * rng.uniform(1, 3)]).astype(np.int32)
    tone = rng.integers(0, 70) if rng.random() < 0.75 else rng.integers(70, 240)
    cv2.fillConvexPoly(image, ring, tuple(int(v) for v in tone + rng.integers(0, 12, 3)), cv2.LINE_AA)


def place(image, flat, corners):
    """Warps a flat plate onto image at corners (image is changed)."""
    h, w = flat.shape[:2]
    width = max(np.linalg.norm(corners[1] - corners[0]), np.linalg.norm(corners[2] - corners[3]), 4)
    tall = max(np.linalg.norm(corners[3] - corners[0]), np.linalg.norm(corners[2] - corners[1]), 3)
    if width < w * 0.8 or tall < h * 0.8:
        flat = cv2.resize(flat, (max(4, min(w, int(width))), max(3, min(h, int(tall)))), interpolation=cv2.INTER_AREA)
        h, w = flat.shape[:2]
    m = cv2.getPerspectiveTransform(np.float32([[0, 0], [w, 0], [w, h], [0, h]]), corners.astype(np.float32) )
    x0, y0 = np.floor(corners.min(0)).astype(int) - 2
    x1, y1 = np.ceil(corners.max(0)).astype(int) + 2
    x0, y0, x1, y1 = max(0, x0), max(0, y0), min(image.shape[1], x1), min(image.shape[0], y1)
    if x1 - x0 < 2 or y1 - y0 < 2:
        return
    m = np.float64([[1, 0, -x0], [0, 1, -y0], [0, 0, 1]]) @ m
    size = (int(x1 - x0), int(y1 - y0))
    put = cv2.warpPerspective(flat, m, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    cover = cv2.warpPerspective(np.full((h, w), 255, np.uint8), m, size, flags=cv2.INTER_LINEAR)[:, :, None].astype(np.float32) / 255
    part = image[y0:y1, x0:x1]
    part[:] = (part * (1 - cover) + put * cover).astype(np.uint8)


def shoot(rng, plate, background, room=(0.15, 0.9), widths=(34, 300), hard=1.0):
    """A Shot of the plate before a background. background(rng, h, w) -> RGB uint8. room: margin round the plate, in plate widths and heights."""
    aspect = plate.image.shape[1] / plate.image.shape[0]
    c = projected(rng, aspect, hard)
    width = np.exp(rng.uniform(np.log(widths[0]), np.log(widths[1]))) * (1.0 if plate.rows == 1 else 0.62)
    c *= width / max(0.35, np.ptp(c[:, 0]))
    size = np.ptp(c, axis=0)
    pad = rng.uniform(*room, (2, 2)) * size * [[1, 1], [1, 1]]
    pad[:, 1] = np.maximum(pad[:, 1], rng.uniform(*room) * size[0] * 0.3)
    corners = c - c.min(0) + pad[0]
    w, h = np.ceil(size + pad.sum(0)).astype(int)
    image = background(rng, int(h), int(w))
    if rng.random() < 0.6:
        surround(rng, image, corners)
    flat = dirt(rng, plate.image.copy())
    if rng.random() < 0.15:
        flat = bent(rng, flat)
    tone = rng.uniform(0.75, 1.1)
    place(image, cv2.convertScaleAbs(flat, alpha=tone), corners)
    return Shot(optics(rng, light(rng, image), width), corners.astype(np.float32), plate)


def strip_points(corners, rows, split=None):
    """The quads, in the picture, of the strip's parts: whole plate with margin, or top and bottom part."""
    unit = np.float32([[0, 0], [1, 0], [1, 1], [0, 1]])
    m = cv2.getPerspectiveTransform(unit, corners.astype(np.float32))
    a, b = -MARGIN, 1 + MARGIN
    spans = [(a, b)] if rows == 1 else [(a, SPLIT_TOP), (SPLIT_BOTTOM, b)]
    quads = [np.float32([[a, t], [b, t], [b, e], [a, e]]) for t, e in spans]
    return [cv2.perspectiveTransform(q[None], m)[0] for q in quads]


def cut(image, quad, size):
    """The quad of the picture drawn into a rectangle of size (w, h); prefiltered when it shrinks by more than 2."""
    w, h = size
    shrink = min(np.linalg.norm(quad[1] - quad[0]) / w, np.linalg.norm(quad[3] - quad[0]) / h)
    if shrink > 2:
        k = 1.0 / shrink
        image = cv2.resize(image, None, fx=k, fy=k, interpolation=cv2.INTER_AREA)
        quad = quad * np.float32([image.shape[1], image.shape[0]]) / np.float32([image.shape[1] / k, image.shape[0] / k])
    m = cv2.getPerspectiveTransform(quad.astype(np.float32), np.float32([[0, 0], [w, 0], [w, h], [0, h]]))
    return cv2.warpPerspective(image, m, (w, h), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def strip_places(points, corners, rows):
    """x in the strip of points of the picture (N×2), when the strip is cut at corners."""
    unit = np.float32([[0, 0], [1, 0], [1, 1], [0, 1]])
    uv = cv2.perspectiveTransform(np.float32(points)[None], cv2.getPerspectiveTransform(corners.astype(np.float32), unit))[0]
    x = (uv[:, 0] + MARGIN) / (1 + 2 * MARGIN) * STRIP[0]
    return x if rows == 1 else x / 2 + STRIP[0] / 2 * (uv[:, 1] > 0.5)


def grey(image):
    return cv2.cvtColor(image, cv2.COLOR_RGB2GRAY) if image.ndim == 3 else image


def strip(image, corners, rows):
    """The reader's picture, 32×160 uint8."""
    parts = strip_points(corners, rows)
    size = STRIP if rows == 1 else (STRIP[0] // 2, STRIP[1])
    return np.hstack([cut(grey(image), q, size) for q in parts])


def standard(strips):
    """N×32×160 uint8 -> N×1×32×160 float32: mean taken off, divided by deviation + 4."""
    x = strips.astype(np.float32)
    return ((x - x.mean((1, 2), keepdims=True)) / (x.std((1, 2), keepdims=True) + 4))[:, None]


def loosened(rng, corners, amount):
    """Corners as an imperfect corner network gives them."""
    side = np.float32([np.linalg.norm(corners[1] - corners[0]), np.linalg.norm(corners[3] - corners[0])])
    u, v = (corners[1] - corners[0]) / side[0], (corners[3] - corners[0]) / side[1]
    s = rng.normal(0, amount, (4, 2)).astype(np.float32) * [0.35, 1.0] + rng.normal(0, amount, (1, 2)) * [0.35, 1.0]
    grow = rng.normal(0, amount, 2) * [0.35, 1.0]
    s = s + np.float32([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * grow
    return (corners + s[:, :1] * u * side[1] + s[:, 1:] * v * side[1]).astype(np.float32)
