"""Street scenes drawn from nothing: houses, road, vehicles from behind or in front, with plates. No photograph is in them.

`python3 scenes.py OUT --count 24 --seed 5` writes 1280×720 JPEGs and truth.json."""

import argparse
import json
import os

import cv2
import numpy as np

import capture
import kinds
from backgrounds import smooth

CONDITIONS = ["day", "day", "shade", "dusk", "night", "rain", "glare", "blur"]


def shade(colour, k):
    return tuple(int(np.clip(v * k, 0, 255)) for v in colour)


def sky_and_houses(rng, image, horizon):
    h, w = image.shape[:2]
    top, low = np.array([(105, 150, 210), (150, 165, 180), (190, 190, 195), (90, 120, 190)][rng.integers(4)]), np.array([(205, 220, 235), (235, 205, 175), (215, 215, 215)][rng.integers(3)])
    t = np.linspace(0, 1, horizon)[:, None, None]
    image[:horizon] = top * (1 - t) + low * t
    x = -20
    while x < w:
        wide, tall = int(rng.uniform(0.08, 0.25) * w), int(rng.uniform(0.35, 1.0) * horizon)
        wall = tuple(int(v) for v in np.clip(rng.integers(120, 225) + np.array([14, 4, -14]) + rng.integers(-12, 13, 3), 0, 255))
        cv2.rectangle(image, (x, horizon - tall), (x + wide, horizon), wall, -1)
        step = max(14, wide // int(rng.integers(3, 6)))
        for wx in range(x + step // 4, x + wide - step // 2, step):
            for wy in range(horizon - tall + step // 4, horizon - step, step):
                cv2.rectangle(image, (wx, wy), (wx + step // 2, wy + step // 2), shade(wall, rng.uniform(0.3, 0.7)), -1)
        if rng.random() < 0.5:
            shop(rng, image, x, horizon, wide)
        x += wide + int(rng.uniform(0, 0.03) * w)


def shop(rng, image, x, horizon, wide):
    """A shop sign: text that is no plate."""
    word = str(rng.choice(["PHARMACIE", "CAFE", "HOTEL ATLAS", "BANQUE", "EPICERIE", "GARAGE 24", "BOULANGERIE", "TEL 05 22", "LIBRAIRIE"]))
    y = horizon - int(rng.uniform(0.12, 0.22) * horizon)
    tall = max(12, wide // 9)
    cv2.rectangle(image, (x + 4, y - tall), (x + wide - 4, y), tuple(int(v) for v in rng.integers(20, 240, 3)), -1)
    cv2.putText(image, word, (x + 10, y - tall // 4), cv2.FONT_HERSHEY_DUPLEX, tall / 34, tuple(int(v) for v in rng.integers(0, 255, 3)), max(1, tall // 14), cv2.LINE_AA)


def road(rng, image, horizon):
    h, w = image.shape[:2]
    tone = int(rng.integers(60, 130))
    image[horizon:] = tone + rng.integers(-3, 4, 3)
    image[horizon:] = np.clip(image[horizon:] * (0.85 + 0.3 * smooth(rng, h - horizon, w, 9))[:, :, None], 0, 255)
    vanish = (int(w * rng.uniform(0.35, 0.65)), horizon)
    for x in np.linspace(-0.6, 1.6, int(rng.integers(3, 6))):
        a = np.array([x * w, h], float)
        for t in np.arange(0, 0.9, 0.18):
            p, q = a + (np.array(vanish) - a) * t, a + (np.array(vanish) - a) * (t + 0.09)
            cv2.line(image, tuple(p.astype(int)), tuple(q.astype(int)), (225, 225, 215), max(1, int(7 * (1 - t))), cv2.LINE_AA)


def wheel(image, x, y, r):
    cv2.ellipse(image, (x, y), (int(r * 0.45), r), 0, 0, 360, (22, 22, 24), -1, cv2.LINE_AA)


def vehicle(rng, image, cx, ground, wide, plate):
    """A car or van seen from its end; gives the corners of its plate. cx, ground, wide in pixels."""
    paint = [(230, 230, 228), (200, 202, 206), (40, 40, 44), (90, 92, 98), (150, 25, 28), (30, 60, 130), (120, 110, 90), (245, 245, 245)][rng.integers(8)]
    van, rear = rng.random() < 0.25, rng.random() < 0.6
    tall = wide * (rng.uniform(1.0, 1.15) if van else rng.uniform(0.72, 0.84))
    X = lambda u: int(cx + u * wide)
    Y = lambda v: int(ground - v * tall)
    cv2.ellipse(image, (int(cx), int(ground)), (int(wide * 0.56), int(wide * 0.07)), 0, 0, 360, (25, 25, 27), -1, cv2.LINE_AA)
    for u in (-0.43, 0.43):
        wheel(image, X(u), Y(0.12), int(wide * 0.13))
    lid = 0.97 if van else rng.uniform(0.93, 1.0)
    cabin = np.array([[X(-0.46), Y(0.5)], [X(-0.36), Y(lid)], [X(0.36), Y(lid)], [X(0.46), Y(0.5)]])
    cv2.fillConvexPoly(image, cabin, shade(paint, 0.85), cv2.LINE_AA)
    glass = np.array([[X(-0.39), Y(0.56)], [X(-0.32), Y(lid - 0.05)], [X(0.32), Y(lid - 0.05)], [X(0.39), Y(0.56)]])
    cv2.fillConvexPoly(image, glass, (45, 55, 62), cv2.LINE_AA)
    body = np.array([[X(-0.5), Y(0.13)], [X(-0.5), Y(0.42)], [X(-0.45), Y(0.56)], [X(0.45), Y(0.56)], [X(0.5), Y(0.42)], [X(0.5), Y(0.13)]])
    cv2.fillConvexPoly(image, body, paint, cv2.LINE_AA)
    cv2.rectangle(image, (X(-0.5), Y(0.24)), (X(0.5), Y(0.1)), shade(paint, 0.55) if rng.random() < 0.6 else (35, 35, 36), -1)
    lamps(rng, image, X, Y, wide, rear)
    if not rear:
        for v in np.arange(0.34, 0.42, 0.025):
            cv2.line(image, (X(-0.2), Y(v)), (X(0.2), Y(v)), (25, 25, 26), max(1, int(wide * 0.008)))
    cv2.circle(image, (X(0), Y(0.47)), max(2, int(wide * 0.022)), (205, 205, 210), -1, cv2.LINE_AA)
    return mount(rng, image, cx + wide * rng.uniform(-0.02, 0.02), Y(rng.uniform(0.16, 0.24) if not rear or rng.random() < 0.5 else rng.uniform(0.3, 0.4)), wide, plate)


def lamps(rng, image, X, Y, wide, rear):
    colour = (170, 25, 22) if rear else (235, 235, 220)
    for u in (-0.44, 0.44):
        a = (X(u) - int(wide * 0.055), Y(0.5))
        b = (X(u) + int(wide * 0.055), Y(0.36))
        cv2.rectangle(image, a, b, colour, -1)
        cv2.rectangle(image, a, b, (30, 30, 30), max(1, int(wide * 0.004)))


def mount(rng, image, x, y, wide, plate):
    """Puts the plate on the vehicle: 52 cm of 180 for one row, 30 for two."""
    aspect = plate.image.shape[1] / plate.image.shape[0]
    c = capture.projected(rng, aspect, 0.4) * wide * (0.29 if plate.rows == 1 else 0.17)
    c = (c + [x, y]).astype(np.float32)
    capture.surround(rng, image, c)
    capture.place(image, cv2.convertScaleAbs(capture.dirt(rng, plate.image.copy()), alpha=rng.uniform(0.85, 1.05)), c)
    return c


def weather(rng, image, condition, width):
    out = image.astype(np.float32)
    h, w = out.shape[:2]
    if condition == "shade":
        out *= capture.shadow(rng, h, w)[:, :, None]
    elif condition == "dusk":
        out *= np.float32([0.75, 0.6, 0.6])
    elif condition == "night":
        out = out * np.float32([0.42, 0.34, 0.24]) + rng.standard_normal((h, w, 3), np.float32) * 6
    elif condition == "glare":
        out += capture.glare(rng, h, w)[:, :, None] * 0.7
    elif condition == "blur":
        out = cv2.filter2D(out, -1, capture.motion_kernel(rng, int(max(2, width / 45)) + 1))
    elif condition == "rain":
        out = out * 0.75 + 30
        for _ in range(220):
            x, y, n = rng.uniform(0, w), rng.uniform(0, h), rng.uniform(8, 30)
            cv2.line(out, (int(x), int(y)), (int(x + n * 0.15), int(y + n)), (190.0, 190.0, 195.0), 1)
    out = cv2.GaussianBlur(out, (0, 0), rng.uniform(0.4, 0.8)) + rng.standard_normal((h, w, 1), np.float32) * rng.uniform(1, 4)
    return np.clip(out, 0, 255).astype(np.uint8)


def scene(rng, size=(1280, 720), cars=None, draw=kinds.draw, condition=None, spread=(0.2, 0.5)):
    """(RGB picture, condition, [(plate, corners)]). Farther vehicles first. cars: how many; spread: of their widths, share of the picture's."""
    w, h = size
    image = np.zeros((h, w, 3), np.uint8)
    horizon = int(h * rng.uniform(0.3, 0.48))
    sky_and_houses(rng, image, horizon)
    road(rng, image, horizon)
    cars = int(rng.integers(1, 3)) if cars is None else cars
    wide = np.sort(rng.uniform(*spread, cars)) * w
    slots = rng.permutation(cars)
    placed = []
    for i in range(cars):
        room = w / cars
        wide[i] = min(wide[i], room * 0.92)
        x = room * (slots[i] + 0.5) + rng.uniform(-0.5, 0.5) * max(0.0, room - wide[i])
        ground = min(h * 0.99, horizon + (h - horizon) * (0.25 + wide[i] / w * 1.5))
        plate = draw(rng)
        placed.append((plate, vehicle(rng, image, x, ground, wide[i], plate)))
    condition = condition or str(rng.choice(CONDITIONS))
    width = min((np.ptp(c[:, 0]) for _, c in placed), default=100)
    return weather(rng, image, condition, width), condition, placed


def truth_of(plate, corners):
    return {"text": "".join(plate.signs), "rows": plate.rows, "kind": plate.kind, "corners": [[round(float(v), 1) for v in c] for c in corners]}


def main():
    p = argparse.ArgumentParser()
    p.add_argument("out")
    p.add_argument("--count", type=int, default=24)
    p.add_argument("--seed", type=int, default=5)
    p.add_argument("--empty", type=int, default=3, help="this many scenes carry no plate")
    a = p.parse_args()
    os.makedirs(a.out, exist_ok=True)
    truth = {}
    for i in range(a.count):
        rng = np.random.default_rng([a.seed, i])
        cars = 0 if i >= a.count - a.empty else 1 + i % 2
        image, condition, placed = scene(rng, cars=cars, condition=CONDITIONS[i % len(CONDITIONS)])
        name = f"scene-{i:02d}.jpg"
        save_jpeg(os.path.join(a.out, name), image, 60_000)
        truth[name] = {"condition": condition, "plates": [truth_of(*t) for t in placed]}
    with open(os.path.join(a.out, "truth.json"), "w") as f:
        json.dump(truth, f, ensure_ascii=False, indent=1, sort_keys=True)


def save_jpeg(path, image, limit):
    """The best quality that keeps the file within limit bytes."""
    for q in range(90, 20, -6):
        ok, buf = cv2.imencode(".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, q])
        if len(buf) <= limit:
            break
    with open(path, "wb") as f:
        f.write(buf.tobytes())


if __name__ == "__main__":
    main()
