"""Checkpoints to committed files: `python3 release.py CHECKPOINTS ENGINE --version V` writes weights/*.amw, testdata/golden/*.amt and the test pictures below ENGINE (engines/plate)."""

import argparse
import json
import os

import cv2
import numpy as np
import torch

import backgrounds
import capture
import export
import kinds
import scenes
import train_corner
from alphabet import ALPHABET
from models import CornerNet, Detector, Reader

CALIBRATION = {"detect": {"threshold": 0.2, "temperature": 1.0}, "corner": {"reject": 0.5, "temperature": 1.0}, "read": {"temperature": 1.0, "least": 0.05}}
SHAPES = {"detect": (3, 416, 416), "corner": (3, 96, 160), "read": (1, 32, 160)}
OUTPUTS = {"detect": ["det"], "corner": ["heat", "kind"], "read": ["logits"]}
FILES = {"detect": "detector.pt", "corner": "corner.pt", "read": "reader.pt"}


def network(name):
    return Detector() if name == "detect" else CornerNet() if name == "corner" else Reader(len(ALPHABET))


def averaged(name, path):
    """The running average of a checkpoint, in eval mode."""
    model = network(name)
    state = torch.load(path, weights_only=False)["average"]
    model.load_state_dict({k[len("module.") :]: v for k, v in state.items() if k.startswith("module.")})
    return model.eval()


def meta_of(name, calibration):
    extra = {}
    if name == "read":
        extra = {"alphabet": ALPHABET, "margin": capture.MARGIN, "split_top": capture.SPLIT_TOP, "split_bottom": capture.SPLIT_BOTTOM}
    return {**extra, **CALIBRATION[name], **calibration.get(name, {})}


def golden_inputs():
    """One synthetic input per network; small for the detector, which takes any size."""
    rng = np.random.default_rng(42)
    image, _, _ = scenes.scene(rng, (160, 96), 1)
    shot = capture.shoot(rng, kinds.one_row(rng), backgrounds.surface, widths=(120, 121))
    region = capture.cut(shot.image, np.float32([[0, 0], [shot.image.shape[1], 0], list(shot.image.shape[1::-1]), [0, shot.image.shape[0]]]), capture.REGION)
    strip = capture.standard(capture.strip(shot.image, shot.corners, 1)[None])
    return {"detect": train_corner.tensor(image[None]), "corner": train_corner.tensor(region[None]), "read": torch.from_numpy(strip)}


INNER = {"detect": ["stem_1", "s32_2", "mix16"], "corner": ["stem_1", "s16_2", "mix8"], "read": ["stem", "tall_1", "flat", "line_1"]}


def write_networks(checkpoints, engine, version):
    """Weights in f16 and golden tensors."""
    os.makedirs(f"{engine}/weights", exist_ok=True), os.makedirs(f"{engine}/testdata/golden", exist_ok=True)
    path = f"{checkpoints}/calibration.json"
    calibration = json.load(open(path)) if os.path.exists(path) else {}
    inputs = golden_inputs()
    for name, file in FILES.items():
        out = f"{engine}/weights/{name}.amw"
        export.save(averaged(name, f"{checkpoints}/{file}"), out, name, version, SHAPES[name], OUTPUTS[name], meta_of(name, calibration))
        nodes = [n["out"] for n in export.unpack(out, b"AMW1")[0]["nodes"]]
        keep = [n for n in nodes if any(n.startswith(k) for k in INNER[name])][:6]
        export.golden(out, inputs[name].contiguous(), f"{engine}/testdata/golden/{name}.amt", keep)


def write_crops(folder, count=60, seed=77):
    """Synthetic loose crops of every kind with truth.json, legible ones: at least 90 px wide, mild views."""
    os.makedirs(folder, exist_ok=True)
    truth, makers = {}, list(kinds.WEIGHTS)
    for i in range(count):
        rng = np.random.default_rng([seed, i])
        plate = makers[i % len(makers)](rng)
        shot = capture.shoot(rng, plate, backgrounds.surface, room=(0.1, 0.35), widths=(130, 260), hard=0.6)
        name = f"crop-{i:02d}.jpg"
        cv2.imwrite(f"{folder}/{name}", shot.image[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, 85])
        truth[name] = scenes.truth_of(plate, shot.corners)
    with open(f"{folder}/truth.json", "w") as f:
        json.dump(truth, f, ensure_ascii=False, indent=1, sort_keys=True)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("checkpoints")
    p.add_argument("engine")
    p.add_argument("--version", required=True)
    p.add_argument("--pictures", action="store_true", help="also draw testdata/crops anew")
    a = p.parse_args()
    write_networks(a.checkpoints, a.engine, a.version)
    if a.pictures:
        write_crops(f"{a.engine}/testdata/crops")


if __name__ == "__main__":
    main()
