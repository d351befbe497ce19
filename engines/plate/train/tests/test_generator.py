"""The generator's labels are true: signs are those drawn, corners are where the plate is, strips show it."""

import cv2
import numpy as np
import pytest

import backgrounds
import batches
import capture
import kinds
import layouts
import pipeline
import scenes
import train_detector
from alphabet import ALPHABET, INDEX, decode, encode


@pytest.mark.parametrize("maker", list(kinds.WEIGHTS))
def test_every_kind_is_drawn_in_the_alphabet(maker):
    for seed in range(30):
        plate = maker(np.random.default_rng(seed))
        assert plate.signs and all(s in INDEX for s in plate.signs), plate.signs
        assert plate.image.dtype == np.uint8 and plate.image.shape[0] == layouts.LINE * plate.rows
        assert plate.image.std() > 10, "nothing drawn"


@pytest.mark.parametrize("maker", [kinds.one_row, kinds.two_rows])
def test_moroccan_plates_keep_the_grammar(maker):
    for seed in range(200):
        plate = maker(np.random.default_rng(seed))
        text, weight = pipeline.printed(plate.signs, plate.rows, plate.upper)
        serial, letter, code = text.split("-")
        assert weight == 1.0 and 1 <= int(code) <= 89 and 1 <= len(serial) <= 5 and serial[0] != "0" and letter in layouts.SERIES


def test_same_seed_same_picture():
    shots = [capture.shoot(np.random.default_rng(9), kinds.draw(np.random.default_rng(9)), backgrounds.surface) for _ in range(2)]
    assert np.array_equal(shots[0].image, shots[1].image) and np.array_equal(shots[0].corners, shots[1].corners)


def test_strip_at_true_corners_is_the_plate():
    """A shot without degradation, cut at its corners, correlates with the flat plate; at wrong corners it does not."""
    rng = np.random.default_rng(4)
    plate = kinds.one_row(rng)
    c = (capture.projected(rng, plate.image.shape[1] / plate.image.shape[0]) * 300 + [250, 120]).astype(np.float32)
    image = np.full((240, 500, 3), 90, np.uint8)
    capture.place(image, plate.image, c)
    want = cv2.resize(capture.grey(plate.image), capture.STRIP, interpolation=cv2.INTER_AREA).astype(float)
    unit = np.float32([[0, 0], [1, 0], [1, 1], [0, 1]])
    inner = cv2.perspectiveTransform((unit + capture.MARGIN * (1 - 2 * unit) / (1 + 2 * capture.MARGIN) * 1.0)[None], cv2.getPerspectiveTransform(unit, c))[0]
    like = lambda q: np.corrcoef(want.ravel(), capture.strip(image, q, 1).astype(float).ravel())[0, 1]
    assert like(inner) > 0.75 > like(inner + [25, 0])


def test_two_rows_are_shown_side_by_side():
    image = np.zeros((100, 200, 3), np.uint8)
    image[:50] = 200
    s = capture.strip(image, np.float32([[0, 0], [200, 0], [200, 100], [0, 100]]), 2)
    assert s.shape == (32, 160) and s[:24, :76].mean() > 150 and s[12:, 84:].mean() < 50


def test_region_holds_the_corners_it_reports():
    rng = np.random.default_rng(1)
    pool = batches.Pool(rng, 50)
    _, corners, kinds_ = batches.regions(rng, pool, backgrounds.surface, None, 60, none=0.2)
    inside = [((c > -20) & (c < 200)).all() for c, k in zip(corners, kinds_) if k]
    assert np.mean(inside) > 0.95 and np.isnan(corners[kinds_ == 0]).all()


def test_scene_boxes_stand_in_the_picture():
    for seed in range(12):
        image, _, placed = scenes.scene(np.random.default_rng(seed), cars=2)
        for plate, c in placed:
            assert (c > 0).all() and (c[:, 0] < image.shape[1]).all() and (c[:, 1] < image.shape[0]).all()


def test_targets_decode_to_the_box():
    box = [100.0, 60.0, 190.0, 84.0]
    obj, dist = train_detector.targets([box], 288)
    i, j = np.argwhere(obj == 1)[0]
    cx, cy = 8 * j + 4, 8 * i + 4
    assert np.allclose([cx - dist[0, i, j], cy - dist[1, i, j], cx + dist[2, i, j], cy + dist[3, i, j]], box, atol=1e-3)


def test_swapped_digits_change_the_label_with_the_picture():
    rng = np.random.default_rng(2)
    image = np.full((40, 200, 3), 230, np.uint8)
    boxes = np.array([[20 + 30 * i, 20, 20, 30] for i in range(5)], float)
    for i, tone in enumerate([10, 40, 70, 100, 130]):
        image[6:34, 12 + 30 * i : 28 + 30 * i] = tone
    out, signs = batches.swapped(rng, image, boxes, list("12345"))
    tones = {10: "1", 40: "2", 70: "3", 100: "4", 130: "5"}
    for b, s in zip(boxes, signs):
        seen = int(out[20, int(b[0])].mean())
        assert tones[min(tones, key=lambda t: abs(t - seen))] == s


def test_ctc_decoding_merges_repeats_and_keeps_doubles():
    a, b = INDEX["1"], INDEX["أ"]
    assert decode([0, a, a, 0, a, b, b, 0]) == ["1", "1", "أ"]
    assert decode(encode(["7"])) == ["7"]
    logp = np.full((6, len(ALPHABET)), -20.0)
    for t, c in enumerate([a, 0, a, 0, b, 0]):
        logp[t, c] = 0.0
    assert pipeline.beam(logp)[0][0] == (a, a, b)
