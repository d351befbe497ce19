#!/usr/bin/env python3
"""Holds the checker and the published vectors against each other.

    test_vectors.py [DIR]      DIR is docs/format/vectors
"""

import base64
import hashlib
import hmac
import json
import os
import sys

import amana_check as check

DIR = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(__file__), "..", "vectors")


def load(name):
    with open(os.path.join(DIR, name), encoding="utf-8") as f:
        return json.load(f)


def refused(f, *args):
    try:
        f(*args)
    except check.Bad:
        return True
    return False


def leaves():
    v = load("leaf.json")
    for x in v["valid"]:
        leaf = check.Leaf(x["text"])
        assert (leaf.type, leaf.minute, leaf.source, leaf.seq) == (x["type"], x["minute"], x["source"], x["seq"])
        assert leaf.commitment.hex() == x["commitment"] and check.leaf_hash(x["text"].encode()).hex() == x["hash"]
    for x in v["invalid"]:
        assert refused(check.Leaf, x["text"]), x["why"]


def salt(secret, path):
    return hmac.new(secret, path.encode(), hashlib.sha256).digest()


def entries():
    v = load("entry.json")
    digests = {}
    for f in v["fields"]:
        s = salt(bytes.fromhex(v["boxSecret" if f["sealed"] else "openSecret"]), f["path"])
        digests[f["path"]] = check.field_digest(s, f["path"], f["value"])
        assert s.hex() == f["salt"] and digests[f["path"]].hex() == f["digest"], f["path"]
    assert check.commitment(digests).hex() == v["commitment"]
    for x in load("chain.json"):
        link = check.sha256(b"amana-chain/v1\n", bytes.fromhex(x["previous"]), x["seq"].to_bytes(8, "big"), bytes.fromhex(x["commitment"]))
        assert link.hex() == x["chain"], x["seq"]


def closings():
    v = load("closing.json")
    first = json.loads(v["lines"][0])
    assert hashlib.sha256(v["lines"][0].encode()).hexdigest() == v["shape"]
    assert hashlib.sha256("".join(v["lines"]).encode()).hexdigest() == v["hash"]
    assert len(v["lines"]) == 1 + v["rows"]
    for line in v["lines"][1:]:
        assert len(json.loads(line)) == len(first["columns"])


def typed():
    alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    for x in load("typed.json"):
        root = bytes.fromhex(x["root"])
        mark = hashlib.sha256(f"amana-typed/v1\n{x['origin']}\n{x['size']}\n".encode() + root).digest()[:3]
        bits = "".join(f"{alphabet.index(c):05b}" for c in x["code"])
        assert int(bits, 2).to_bytes(35, "big") == root + mark and mark.hex() == x["check"], x["origin"]


def batches():
    for x in load("access-batch.json"):
        assert check.tree_hash([check.leaf_hash(bytes.fromhex(c)) for c in x["commitments"]]).hex() == x["root"], len(x["commitments"])


def codes():
    v = load("qr.json")
    label, log, entry, secret = v["text"].split(".")
    secret = base64.urlsafe_b64decode(secret + "=")
    assert (label, log, entry) == ("AMANA1", check.sha256(v["origin"].encode())[:4].hex(), v["entry"].replace("-", "")) and secret.hex() == v["secret"]
    digests = {path: check.field_digest(salt(secret, path), path, value) for path, value in v["open"].items()}
    digests |= {path: bytes.fromhex(d) for path, d in v["sealedDigests"].items()}
    assert check.commitment(digests).hex() == v["commitment"]


def proofs():
    with open(os.path.join(DIR, "policy.txt"), encoding="utf-8") as f:
        policy = check.Policy(f.read())
    assert check.check_proof(json.dumps(load("proof.json")).encode(), policy)["holds"]
    for x in load("proof-invalid.json"):
        assert refused(check.check_proof, json.dumps(x["proof"]).encode(), policy), x["why"]
    assert check.check_log(os.path.join(DIR, "log"), policy)["size"] == 258


for test in (leaves, entries, closings, typed, batches, codes, proofs):
    test()
    print(test.__name__, "hold")
