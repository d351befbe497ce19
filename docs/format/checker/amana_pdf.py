"""Finds the proofs that a PDF carries as embedded files (ISO 32000-1, 7.11.4).

Enough of PDF for that and no more: it takes every object it sees, also in
object streams, and the last one of a number wins, as after a signature.
"""

import re
import zlib


class Bad(Exception):
    """Something does not hold."""


OBJECT = re.compile(rb"(?<!\d)(\d{1,10})\s+\d{1,5}\s+obj\b")
STREAM = re.compile(rb"stream\r?\n")
NAME = re.compile(r"amana-proof(-[0-9A-Za-z-]+)?\.json")


def pdf_objects(data):
    """Every object by number, the last one of a number winning: (dictionary, stream)."""
    out = {}
    for m in OBJECT.finditer(data):
        end = data.find(b"endobj", m.end())
        end = len(data) if end < 0 else end
        s = STREAM.search(data, m.end(), end)
        if not s:
            out[int(m[1])] = (data[m.end():end], None)
            continue
        head = data[m.end():s.start()]
        n = re.search(rb"/Length\s+(\d+)\b(?!\s+\d+\s+R)", head)
        stop = s.end() + int(n[1]) if n else data.find(b"endstream", s.end())
        out[int(m[1])] = (head, data[s.end():stop])
    for head, body in list(out.values()):
        if body is not None and re.search(rb"/Type\s*/ObjStm\b", head):
            out = {**object_stream(head, inflate(head, body)), **out}
    return out


def object_stream(head, body):
    n = int(re.search(rb"/N\s+(\d+)", head)[1])
    first = int(re.search(rb"/First\s+(\d+)", head)[1])
    numbers = [int(x) for x in body[:first].split()[:2 * n]]
    starts = [first + o for o in numbers[1::2]] + [len(body)]
    return {num: (body[a:b], None) for num, a, b in zip(numbers[0::2], starts, starts[1:])}


def inflate(head, body):
    if not re.search(rb"/Filter\b", head):
        return body
    if not re.search(rb"/Filter\s*\[?\s*/FlateDecode\s*\]?", head):
        raise Bad("the embedded proof is in a filter other than FlateDecode")
    z = zlib.decompressobj()
    try:
        out = z.decompress(body, 64 << 20)
    except zlib.error as e:
        raise Bad(f"the embedded proof does not inflate: {e}")
    if z.unconsumed_tail:
        raise Bad("the embedded proof is too large")
    return out


def file_names(head):
    for m in re.finditer(rb"/(?:UF|F)\s*(?:\(((?:[^()\\]|\\.)*)\)|<([0-9A-Fa-f\s]*)>)", head, re.S):
        raw = re.sub(rb"\\(.)", rb"\1", m[1]) if m[1] is not None else bytes.fromhex(re.sub(rb"\s", b"", m[2]).decode())
        yield raw[2:].decode("utf-16-be", "replace") if raw[:2] == b"\xfe\xff" else raw.decode("latin-1")


def proofs_in_pdf(data):
    """The embedded files named amana-proof.json, amana-proof-2.json, ..."""
    objects, found = pdf_objects(data), {}
    for head, _ in objects.values():
        ef = re.search(rb"/EF\s*<<\s*/(?:UF|F)\s+(\d+)\s+\d+\s+R", head)
        names = [n for n in file_names(head) if NAME.fullmatch(n)]
        if ef and names:
            inner, body = objects.get(int(ef[1]), (b"", None))
            if body is None:
                raise Bad(f"{names[0]} is named in the PDF but is not in it")
            found[names[0]] = inflate(inner, body)
    if not found:
        raise Bad("the PDF carries no amana-proof.json")
    return found
