"""Corners of the plates of tuning photographs, by the corner network: `python3 make_quads.py WEIGHTS OUT.json`.

The reader trains on them. A picture whose text the reader does not find again, or nearly, is left out, so that wrong corners do no harm."""

import json
import sys

import numpy as np

import capture
import evaluate
import pipeline
import real


def main():
    chain, out = pipeline.Chain(sys.argv[1]), {}
    _, vehicles = real.everything()
    check = len(sys.argv) > 3  # a third word: also ask the reader
    for s in vehicles:
        if not s.signs:
            continue
        image = s.image()
        c, p = chain.corners(image, s.box)
        c, p = chain.corners(image, (*c.min(0), *c.max(0)))
        sides = np.linalg.norm(c[1] - c[0]), np.linalg.norm(c[3] - c[0])
        if p[0] > 0.5 or sides[0] < 2.2 * sides[1] or sides[0] > 8 * sides[1]:
            continue
        if check:
            prefix = pipeline.beam(chain.texts([capture.strip(image, c, 1)])[0])[0][0]
            if not evaluate.one_off("".join(pipeline.ALPHABET[i] for i in prefix), "".join(s.signs)):
                continue
        out[s.name] = np.round(c, 1).tolist()
    json.dump(out, open(sys.argv[2], "w"))
    print(len(out), "of", sum(1 for s in vehicles if s.signs))


if __name__ == "__main__":
    main()
