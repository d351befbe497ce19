"""Writes ../testdata/golden/cuts.json: what the networks are shown of some synthetic crops, for the test that the Go reader cuts the same: python3 cuts.py"""

import base64
import json
import os

import cv2
import numpy as np

import batches
import capture

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "testdata")
NAMES = ["crop-00.jpg", "crop-01.jpg", "crop-11.jpg", "crop-13.jpg", "crop-22.jpg"]  # one row, two rows, wide and flat ones that shrink


def packed(pixels):
    return base64.b64encode(np.ascontiguousarray(pixels, np.uint8).tobytes()).decode()


def main():
    truth, out = json.load(open(f"{FOLDER}/crops/truth.json")), {}
    for name in NAMES:
        image = cv2.imread(f"{FOLDER}/crops/{name}")[:, :, ::-1].copy()
        region = capture.cut(image, batches.sides((0, 0, image.shape[1], image.shape[0])), capture.REGION)
        strip = capture.strip(image, np.float32(truth[name]["corners"]), truth[name]["rows"])
        out[name] = {"strip": packed(strip), "region": packed(region[::4, ::4])}  # each fourth pixel, RGB
    with open(f"{FOLDER}/golden/cuts.json", "w") as f:
        json.dump(out, f, indent=1)


if __name__ == "__main__":
    main()
