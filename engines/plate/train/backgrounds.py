"""What stands round a plate: procedural surfaces, and parts of the tuning photographs when they are at hand."""

import cv2
import numpy as np


def surface(rng, h, w):
    """Paint, plastic, grille, wall or ground; made from nothing."""
    base = rng.integers(5, 235, 3) if rng.random() < 0.5 else np.full(3, rng.integers(5, 235)) + rng.integers(-6, 7, 3)
    image = np.empty((h, w, 3), np.float32)
    image[:] = base
    image *= (0.7 + 0.6 * smooth(rng, h, w, int(rng.integers(2, 6))))[:, :, None]
    image = np.clip(image, 0, 255).astype(np.uint8)
    for _ in range(rng.integers(0, 7)):
        tone = tuple(int(v) for v in np.clip(base + rng.integers(-90, 90), 0, 255))
        a, b = (rng.uniform(-0.2, 1.2, (2, 2)) * [w, h]).astype(int)
        kind = rng.integers(0, 4)
        if kind == 0:
            cv2.line(image, tuple(map(int, a)), (int(b[0]), int(a[1] + rng.normal(0, 0.05 * h))), tone, int(rng.integers(1, 1 + max(2, h // 10))), cv2.LINE_AA)
        elif kind == 1:
            cv2.rectangle(image, tuple(map(int, a)), tuple(map(int, b)), tone, -1)
        elif kind == 2:
            cv2.ellipse(image, tuple(map(int, a)), (int(rng.uniform(2, w / 3)), int(rng.uniform(2, h / 3))), 0, 0, 360, tone, int(rng.choice([-1, 1, 2])), cv2.LINE_AA)
        else:
            for y in range(int(min(a[1], b[1])), int(max(a[1], b[1])), int(max(3, h * rng.uniform(0.04, 0.12)))):
                cv2.line(image, (0, y), (w, y), tone, int(rng.integers(1, 4)))
    return image


def smooth(rng, h, w, cells):
    return cv2.resize(rng.random((cells, cells), np.float32), (w, h), interpolation=cv2.INTER_CUBIC)


class Photos:
    """Cuts from photographs that avoid the known plate boxes; mixed with surfaces."""

    def __init__(self, photos, share=0.6):
        self.photos, self.share = photos, share  # [(RGB, (x0, y0, x1, y1))]

    def __call__(self, rng, h, w):
        if not self.photos or rng.random() > self.share:
            return surface(rng, h, w)
        for _ in range(6):
            image, box = self.photos[rng.integers(len(self.photos))]
            H, W = image.shape[:2]
            k = rng.uniform(0.6, 2.0)
            ch, cw = int(min(H, max(8, h / k))), int(min(W, max(8, w / k)))
            y, x = int(rng.integers(0, H - ch + 1)), int(rng.integers(0, W - cw + 1))
            if x > box[2] or x + cw < box[0] or y > box[3] or y + ch < box[1]:
                part = cv2.resize(image[y : y + ch, x : x + cw], (w, h), interpolation=cv2.INTER_LINEAR)
                return part.copy() if rng.random() < 0.5 else np.ascontiguousarray(part[:, ::-1])
        return surface(rng, h, w)
