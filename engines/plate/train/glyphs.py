"""Glyph masks: one sign of one font, tightly cut, cached. Fonts are found on the machine by name; README.md lists their packages."""

import functools
import glob
import os

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

SIZE = 96

# Faces for digits and Latin letters: narrow and DIN-like ones first, they look most like stamped plates.
LATIN = ["OSP-DIN", "LiberationSansNarrow-Bold", "LiberationSans-Bold", "DejaVuSansCondensed-Bold", "DejaVuSans-Bold", "RobotoCondensed-Bold",
         "RobotoCondensed-Medium", "Roboto-Bold", "Roboto-Medium", "B612-Bold", "B612Mono-Bold", "NimbusSansNarrow-Bold", "NimbusSans-Bold", "URWGothic-Demi",
         "LiberationMono-Bold", "NotoSansMono-Bold", "barlow-condensed-latin-600-normal", "barlow-condensed-latin-700-normal", "barlow-condensed-latin-500-normal",
         "barlow-latin-600-normal", "oswald-latin-500-normal", "oswald-latin-600-normal", "saira-condensed-latin-600-normal", "saira-condensed-latin-500-normal",
         "overpass-latin-700-normal", "overpass-latin-600-normal", "archivo-narrow-latin-700-normal", "archivo-narrow-latin-600-normal", "rajdhani-latin-700-normal",
         "rajdhani-latin-600-normal", "share-tech-mono-latin-400-normal", "sofia-sans-condensed-latin-700-normal", "sofia-sans-condensed-latin-600-normal",
         "big-shoulders-display-latin-700-normal", "big-shoulders-display-latin-600-normal", "changa-latin-600-normal"]
# Serif and slanted faces: few plates have them, and readers that never met one fail on them.
ORNATE = ["DejaVuSerif-Bold", "DejaVuSerifCondensed-Bold", "DejaVuSerif-BoldItalic", "LiberationSerif-Bold", "LiberationSerif-BoldItalic", "NimbusRoman-Bold", "NimbusRoman-BoldItalic",
          "C059-Bold", "C059-BdIta", "P052-Bold", "P052-BoldItalic", "URWBookman-DemiItalic", "LiberationSans-BoldItalic", "NimbusSans-BoldItalic", "DejaVuSans-BoldOblique", "B612-BoldItalic"]
ARABIC = ["Amiri-Bold", "Amiri-Regular", "DejaVuSans-Bold", "DejaVuSansCondensed-Bold", "DejaVuSans", "KacstOne-Bold", "KacstOne", "KacstBook", "KacstOffice", "KacstTitle", "KacstNaskh",
          "KacstFarsi", "KacstDecorative", "noto-kufi-arabic-arabic-700-normal", "noto-kufi-arabic-arabic-500-normal", "noto-naskh-arabic-arabic-700-normal",
          "noto-naskh-arabic-arabic-500-normal", "cairo-arabic-700-normal", "cairo-arabic-600-normal", "tajawal-arabic-700-normal", "tajawal-arabic-500-normal",
          "changa-arabic-600-normal", "almarai-arabic-700-normal", "ibm-plex-sans-arabic-arabic-600-normal", "vazirmatn-arabic-700-normal", "vazirmatn-arabic-500-normal"]
# How a letter is drawn on plates: ه often in its initial form with a stroke, أ now and then without its hamza.
SHAPES = {"ه": ["هـ", "هـ", "ه"], "أ": ["أ", "أ", "أ", "ا"], "ي": ["ي", "ى", "ي"], "ج": ["ج", "جـ"]}


@functools.lru_cache(None)
def files():
    """Paths of the known faces that this machine has, by name."""
    roots = ["/usr/share/fonts", os.environ.get("PLATE_FONTS", "fonts")]
    found = {}
    for root in roots:
        for path in glob.glob(root + "/**/*", recursive=True):
            name, ext = os.path.splitext(os.path.basename(path))
            if ext in (".ttf", ".otf", ".woff2", ".TTF"):
                found.setdefault(name, path)
    return found


@functools.lru_cache(None)
def faces(kind):
    """Names of the faces of a kind ("latin", "ornate" or "arabic") that are there."""
    names = [n for n in {"latin": LATIN, "ornate": ORNATE, "arabic": ARABIC}[kind] if n in files()]
    assert names, "no fonts found: see README.md"
    return names


@functools.lru_cache(None)
def font(name, size=SIZE):
    return ImageFont.truetype(files()[name], size)


@functools.lru_cache(20000)
def mask(face, text):
    """(alpha uint8 cut tightly, top, em): top is the distance of the cut from the top of the line, both in pixels at SIZE."""
    f = font(face)
    w = int(f.getlength(text)) + 2 * SIZE
    im = Image.new("L", (w, SIZE * 3))
    ImageDraw.Draw(im).text((SIZE, SIZE), text, font=f, fill=255)
    a = np.asarray(im)
    ys, xs = np.where(a > 40)
    if len(ys) == 0:
        return np.zeros((8, 8), np.uint8), 0, SIZE
    return np.ascontiguousarray(a[ys.min() : ys.max() + 1, xs.min() : xs.max() + 1]), int(ys.min()), SIZE


@functools.lru_cache(None)
def cap(face):
    """Height of a digit of the face at SIZE, and its mean width."""
    m = [mask(face, d)[0].shape for d in "02345689"]
    return sum(s[0] for s in m) / len(m), sum(s[1] for s in m) / len(m)


def scaled(m, h, w):
    """The mask resized to h×w (at least 1), area-averaged when it shrinks."""
    h, w = max(1, int(round(h))), max(1, int(round(w)))
    inter = cv2.INTER_AREA if h < m.shape[0] else cv2.INTER_LINEAR
    return cv2.resize(m, (w, h), interpolation=inter)
