"""Trains the detector. `python3 train_detector.py OUT [--minutes M] [--resume]`."""

import cv2
import numpy as np
import torch

import backgrounds
import batches
import capture
import real
import scenes
import trainer
from models import Detector

SIDE = 288


def recoloured(rng, image):
    """Brightness, contrast, colour cast, blur, noise and JPEG of a whole picture."""
    out = image.astype(np.float32)
    if rng.random() < 0.6:
        out = out * (rng.uniform(0.45, 1.3) * (1 + rng.normal(0, 0.08, 3))).astype(np.float32) + np.float32(rng.uniform(-20, 20))
    if rng.random() < 0.1:
        out *= rng.uniform(0.2, 0.5)
    if rng.random() < 0.15:
        out = cv2.GaussianBlur(out, (0, 0), rng.uniform(0.4, 1.4))
    if rng.random() < 0.25:
        out += rng.standard_normal(out.shape[:2], np.float32)[:, :, None] * rng.uniform(2, 12)
    out = np.clip(out, 0, 255).astype(np.uint8)
    if rng.random() < 0.2:
        out = cv2.imdecode(cv2.imencode(".jpg", out, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(20, 80))])[1], 1)
    return out


def hidden(rng, image, box):
    """The plate of a photograph painted over with what lies round it."""
    x0, y0, x1, y1 = [int(v) for v in box]
    h = max(4, y1 - y0)
    part = image[max(0, y0 - h // 2) : y1 + h // 2, max(0, x0 - h // 2) : x1 + h // 2]
    tone = np.median(part.reshape(-1, 3), axis=0)
    patch = np.empty((h, max(4, x1 - x0), 3), np.uint8)
    patch[:] = np.clip(tone * rng.uniform(0.4, 1.1), 0, 255)
    pad = int(h * 0.15)
    patch = cv2.copyMakeBorder(patch, pad, pad, pad, pad, cv2.BORDER_REPLICATE)
    X, Y = max(0, x0 - pad), max(0, y0 - pad)
    w, t = min(patch.shape[1], image.shape[1] - X), min(patch.shape[0], image.shape[0] - Y)
    image[Y : Y + t, X : X + w] = patch[:t, :w]
    return image


def pasted(rng, pool, image, middle, width):
    """A synthetic plate drawn into the picture; gives its box."""
    plate = pool.take()
    c = capture.projected(rng, plate.image.shape[1] / plate.image.shape[0], 0.8) * width * (1 if plate.rows == 1 else 0.62)
    c = (c + middle).astype(np.float32)
    if rng.random() < 0.7:
        capture.surround(rng, image, c)
    flat = capture.dirt(rng, plate.image.copy())
    near = image[int(np.clip(middle[1], 0, image.shape[0] - 1)) - 1 :][:20].mean()
    capture.place(image, cv2.convertScaleAbs(flat, alpha=float(np.clip(near / 130, 0.25, 1.0) * rng.uniform(0.8, 1.2))), c)
    return [*c.min(0), *c.max(0)]


def view(rng, views, pool):
    """One photograph with its plate kept, replaced or hidden: (RGB, boxes)."""
    image, box = views[rng.integers(len(views))]
    image, u = image.copy(), rng.random()
    boxes = [list(box)]
    if u > 0.6:
        image = hidden(rng, image, box)
        boxes = []
        if u < 0.9:
            mid = (np.array(box[:2]) + box[2:]) / 2
            boxes = [pasted(rng, pool, image, mid, (box[2] - box[0]) * rng.uniform(0.8, 1.0))]
    for _ in range(rng.integers(1, 3) if rng.random() < 0.2 else 0):
        mid, w = rng.uniform(0.1, 0.9, 2) * image.shape[1::-1], rng.uniform(30, 170)
        if all(abs(mid[0] - (b[0] + b[2]) / 2) > (w + b[2] - b[0]) / 2 + 4 or abs(mid[1] - (b[1] + b[3]) / 2) > w / 3 + (b[3] - b[1]) / 2 for b in boxes):
            boxes.append(pasted(rng, pool, image, mid, w))
    if rng.random() < 0.12:
        x, y, s = int(rng.uniform(0, 0.6) * 512), int(rng.uniform(0, 0.3) * 512), int(rng.uniform(60, 160))
        if all(x > b[2] or x + s < b[0] or y > b[3] or y + s // 2 < b[1] for b in boxes):
            batches.clutter(rng, image[y : y + s // 2, x : x + s])
    return image, boxes


def whole(rng, views, pool, crops):
    """A picture of any source and its boxes."""
    u = rng.random()
    if u < 0.8:
        return view(rng, views, pool)
    if u < 0.9:
        cars = int(rng.integers(0, 3))
        image, _, placed = scenes.scene(rng, (768, 432), cars, lambda r: pool.take())
        return image, [[*c.min(0), *c.max(0)] for _, c in placed]
    if u < 0.95:  # a plate that fills the picture
        if rng.random() < 0.5:
            image, quad, _, _, _ = crops.take(rng)
            return image, [[*quad.min(0), *quad.max(0)]]
        shot = capture.shoot(rng, pool.take(), backgrounds.Photos(views), widths=(80, 280))
        return shot.image, [[*shot.corners.min(0), *shot.corners.max(0)]]
    image = backgrounds.surface(rng, 400, 400)
    return (batches.clutter(rng, image) if rng.random() < 0.6 else image), []


def sample(rng, views, pool, crops):
    """(SIDE×SIDE×3 uint8, boxes in its pixels): a cut of a picture at a random scale."""
    image, boxes = whole(rng, views, pool, crops)
    h, w = image.shape[:2]
    k = SIDE / max(h, w) * np.exp(rng.uniform(np.log(0.35), np.log(1.9)))
    k = min(k, 1.6)
    stretch = np.exp(rng.normal(0, 0.06))
    kx, ky = k * stretch, k / stretch
    small = cv2.resize(image, (max(8, int(w * kx)), max(8, int(h * ky))), interpolation=cv2.INTER_AREA if k < 1 else cv2.INTER_LINEAR)
    h, w = small.shape[:2]
    ox, oy = rng.uniform(min(0, SIDE - w), max(0, SIDE - w)), rng.uniform(min(0, SIDE - h), max(0, SIDE - h))
    if boxes and rng.random() < 0.8:  # keep the first plate in the picture
        b = np.array(boxes[0]) * [kx, ky, kx, ky]
        ox, oy = np.clip(ox, min(-b[0] + 4, SIDE - b[2] - 4), max(-b[0] + 4, SIDE - b[2] - 4)), np.clip(oy, min(-b[1] + 4, SIDE - b[3] - 4), max(-b[1] + 4, SIDE - b[3] - 4))
    ox, oy = int(ox), int(oy)
    out = np.full((SIDE, SIDE, 3), 127, np.uint8)
    x0, y0, x1, y1 = max(0, ox), max(0, oy), min(SIDE, ox + w), min(SIDE, oy + h)
    if x1 > x0 and y1 > y0:
        out[y0:y1, x0:x1] = small[y0 - oy : y1 - oy, x0 - ox : x1 - ox]
    boxes = [np.array(b) * [kx, ky, kx, ky] + [ox, oy, ox, oy] for b in boxes]
    if rng.random() < 0.3:
        out, boxes = np.ascontiguousarray(out[:, ::-1]), [np.array([SIDE - b[2], b[1], SIDE - b[0], b[3]]) for b in boxes]
    return recoloured(rng, out), boxes


def targets(boxes, side=SIDE):
    """(objectness: 1 plate, 0 none, -1 do not care; distances l, t, r, b in pixels) over the cells of stride 8."""
    n = side // 8
    obj, dist = np.zeros((n, n), np.float32), np.ones((4, n, n), np.float32)
    c = 8 * np.arange(n) + 4
    for b in sorted(boxes, key=lambda b: -(b[2] - b[0])):
        inside = [max(0, b[0]), max(0, b[1]), min(side, b[2]), min(side, b[3])]
        seen = max(0, inside[2] - inside[0]) * max(0, inside[3] - inside[1]) / max(1, (b[2] - b[0]) * (b[3] - b[1]))
        X, Y = np.meshgrid(c, c)
        around = (X > b[0] - 4) & (X < b[2] + 4) & (Y > b[1] - 4) & (Y < b[3] + 4)
        obj[around] = -1
        if seen < 0.75 or b[2] - b[0] < 11:
            continue
        mx, my = (b[0] + b[2]) / 2, (b[1] + b[3]) / 2
        rx, ry = max(5, 0.22 * (b[2] - b[0])), max(5, 0.22 * (b[3] - b[1]))
        core = (abs(X - mx) < rx) & (abs(Y - my) < ry)
        obj[core] = 1
        for i, d in enumerate((X - b[0], Y - b[1], b[2] - X, b[3] - Y)):
            dist[i][core] = np.maximum(1, d[core])
    return obj, dist


def boxes_where_none(model, samples, seed=4):
    """Boxes per picture, of score 0.5 or more, on pictures whose plate is painted over."""
    rng = np.random.default_rng(seed)
    model.eval()
    n = sum(len(detect(model, hidden(rng, s.image(), s.box), 0.5)) for s in samples)
    model.train()
    return n / max(1, len(samples))


def changed(rng, x, boxes):
    """A sample mirrored or not, and brighter or darker."""
    if rng.random() < 0.5:
        x, boxes = x[:, ::-1], [np.array([SIDE - b[2], b[1], SIDE - b[0], b[3]]) for b in boxes]
    return cv2.convertScaleAbs(np.ascontiguousarray(x), alpha=rng.uniform(0.7, 1.2)), boxes


def joined(samples):
    maps = [targets(boxes) for _, boxes in samples]
    return np.stack([x for x, _ in samples]), np.stack([o for o, _ in maps]), np.stack([d for _, d in maps])


def loss_of(model, xs, obj, dist):
    x = (torch.from_numpy(xs).permute(0, 3, 1, 2).float() / 255 - 0.5).contiguous(memory_format=torch.channels_last)
    with torch.autocast("cpu", torch.bfloat16):
        y = model(x)
    y, obj, dist = y.float(), torch.from_numpy(obj), torch.from_numpy(dist)
    logit, p = y[:, 0], y[:, 0].sigmoid()
    positive, negative = obj == 1, obj == 0
    n = positive.sum().clamp(min=1)
    focal = -(positive * 0.6 * (1 - p) ** 2 * torch.nn.functional.logsigmoid(logit)) - negative * 0.4 * p**2 * torch.nn.functional.logsigmoid(-logit)
    loss = focal.sum() / n * 3
    if positive.any():
        e = y[:, 1:].permute(0, 2, 3, 1)[positive].clamp(-4, 5)
        t = dist.permute(0, 2, 3, 1)[positive]
        d = 8 * e.exp()
        inter = (torch.minimum(d[:, 0], t[:, 0]) + torch.minimum(d[:, 2], t[:, 2])) * (torch.minimum(d[:, 1], t[:, 1]) + torch.minimum(d[:, 3], t[:, 3]))
        area = lambda v: (v[:, 0] + v[:, 2]) * (v[:, 1] + v[:, 3])
        iou = inter / (area(d) + area(t) - inter + 1e-6)
        loss = loss + (1 - iou).mean() + 0.3 * (e - (t / 8).log()).abs().mean()
    return loss


def size_for(w, h, area=416 * 416):
    """Input size of a picture: multiples of 32, about `area`, aspect kept. FORMAT.md."""
    s = min(1.0, (area / (w * h)) ** 0.5)
    return max(32, 32 * round(w * s / 32)), max(32, 32 * round(h * s / 32))


@torch.no_grad()
def detect(model, image, threshold=0.3, area=416 * 416, temperature=1.0):
    """[(score, x0, y0, x1, y1)] of an RGB picture, best first."""
    h, w = image.shape[:2]
    W, H = size_for(w, h, area)
    k = min(W / w, H / h)
    small = cv2.resize(image, (max(1, round(w * k)), max(1, round(h * k))), interpolation=cv2.INTER_AREA if k < 1 else cv2.INTER_LINEAR)[:H, :W]
    x = np.zeros((H, W, 3), np.float32)
    x[: small.shape[0], : small.shape[1]] = small.astype(np.float32) / 255 - 0.5
    y = model(torch.from_numpy(x.transpose(2, 0, 1)[None]).contiguous(memory_format=torch.channels_last))[0].float()
    p = (y[0] / temperature).sigmoid()
    found = []
    for i, j in zip(*np.where(p.numpy() >= threshold)):
        d = 8 * y[1:, i, j].clamp(-4, 5).exp().numpy()
        cx, cy = 8 * j + 4, 8 * i + 4
        found.append((float(p[i, j]), (cx - d[0]) / k, (cy - d[1]) / k, (cx + d[2]) / k, (cy + d[3]) / k))
    return suppressed(found)


def iou(a, b):
    w, h = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    inter = max(0, w) * max(0, h)
    return inter / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - inter + 1e-9)


def suppressed(found, limit=0.45):
    keep = []
    for f in sorted(found, reverse=True):
        if all(iou(f[1:], k[1:]) < limit for k in keep):
            keep.append(f)
    return keep


def figures(model, samples):
    """(share of plates found at IoU ≥ 0.5 and score ≥ 0.3, other boxes per picture)."""
    model.eval()
    hit = false = 0
    for s in samples:
        got = detect(model, s.image())
        best = max((iou(g[1:], s.box) for g in got), default=0)
        hit += best >= 0.5
        false += len(got) - (best >= 0.5)
    model.train()
    return hit / len(samples), false / len(samples)


def main():
    a = trainer.arguments(minutes=40, batch=16, rate=1.5e-3, seed=3)
    crops, vehicles = real.everything()
    aside = [s for s in vehicles if s.check]
    small = lambda s: (cv2.resize(s.image(), (512, 512), interpolation=cv2.INTER_AREA), tuple(v * 0.8 for v in s.box))
    views = [small(s) for s in vehicles if s.trains]
    taken, pool = batches.RealCrops([s for s in crops if s.trains]), batches.Pool(np.random.default_rng([a.seed, 9]), 3000)
    draw = lambda rng: sample(rng, views, pool, taken)
    report = lambda m: "found %.3f others %.3f, plates hidden: boxes %.3f" % (*figures(m, aside), boxes_where_none(m, aside))
    trainer.run(a, Detector(), trainer.Replay(draw, changed, joined, a.batch, 3000), loss_of, report, 100, 0.99)


if __name__ == "__main__":
    main()
