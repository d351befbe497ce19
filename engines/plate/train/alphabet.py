"""Signs that the reader knows; the index is the channel of the logits, 0 is the CTC blank."""

WORDS = ["تونس", "المغرب"]
LETTERS = ["أ", "ب", "ج", "د", "ه", "و", "ط", "ي", "ش", "م", "ق"]
ALPHABET = [""] + list("0123456789") + list("ABCDEFGHIJKLMNOPQRSTUVWXYZ") + ["-"] + LETTERS + WORDS
INDEX = {sign: i for i, sign in enumerate(ALPHABET)}

# The classes of the labelled tuning crops, in the order of their numbers.
CROP_CLASSES = list("0123456789") + ["أ", "ب", "و", "د", "ه", "W", "ش"]


def encode(signs):
    """Channel numbers of a list of signs."""
    return [INDEX[s] for s in signs]


def decode(channels):
    """Signs of a path of channel numbers: repeats merged, blanks dropped."""
    out, last = [], 0
    for c in channels:
        if c != last and c != 0:
            out.append(ALPHABET[c])
        last = c
    return out
