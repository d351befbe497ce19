#!/usr/bin/env python3
"""Checks what Amana proves, without Amana.

    amana_check.py --policy POLICY FILE...     proof files (amana-proof/v1), or PDFs that carry them
    amana_check.py --policy POLICY --log DIR   a whole log, laid out as C2SP tlog-tiles

POLICY is a C2SP tlog-policy file: the log's key on its "log" line, the
witnesses and their quorum. Get it from somebody other than who gave you FILE.
Exit status: 0 everything holds, 1 something does not, 2 it could not be read.

Written from docs/format alone, in Python 3.9 or later with its standard
library; "cryptography" is used for Ed25519 signatures and nothing else.
"""

import argparse
import base64
import hashlib
import hmac
import json
import os
import re
import sys

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from amana_pdf import Bad, proofs_in_pdf

HEADER = ("id", "home", "seq", "kind", "written", "version", "actor", "unit", "action", "purpose", "happened")
SHOWN = HEADER[:5]
LIMIT = 256 << 20  # bytes of one file


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def b64(text, size=None):
    try:
        raw = base64.b64decode(text, validate=True)
    except (ValueError, TypeError):
        raise Bad(f"not base64: {text!r:.60}")
    if size is not None and len(raw) != size:
        raise Bad(f"{len(raw)} bytes where {size} belong")
    return raw


# --- keys, signed notes and policies (C2SP signed-note, tlog-cosignature, tlog-policy)

ED25519, COSIGNATURE = 1, 4


class Key:
    """A verifier key: name+shorthash+base64(algorithm, public key)."""

    def __init__(self, vkey, algorithm):
        self.text = vkey
        try:
            self.name, short, key = vkey.split("+", 2)
        except ValueError:
            raise Bad(f"not a verifier key: {vkey!r:.80}")
        raw = b64(key, 33)
        self.public = raw[1:]
        self.id = sha256(self.name.encode(), b"\n", raw)[:4]
        if raw[0] != algorithm or self.id.hex() != short:
            raise Bad(f"verifier key {vkey!r:.80} is of another kind or miscopied")
        self.algorithm = algorithm

    def signed(self, note):
        """Whether this key's signature stands under the note, and holds."""
        for name, raw in note.signatures:
            if name != self.name or raw[:4] != self.id:
                continue
            sig, text = raw[4:], note.text.encode()
            if self.algorithm == COSIGNATURE:
                if len(sig) != 72:
                    return False
                at = int.from_bytes(sig[:8], "big")
                sig, text = sig[8:], b"cosignature/v1\ntime %d\n" % at + text
            try:
                Ed25519PublicKey.from_public_bytes(self.public).verify(sig, text)
                return True
            except InvalidSignature:
                return False
        return False


class Note:
    """Text, an empty line, and signature lines."""

    def __init__(self, signed):
        body, sep, sigs = signed.rpartition("\n\n")
        if not sep or not sigs.endswith("\n"):
            raise Bad("the checkpoint is not a signed note")
        self.text = body + "\n"
        self.signatures = []
        for line in sigs[:-1].split("\n"):
            m = re.fullmatch("\u2014 (\\S+) (\\S+)", line)
            if not m:
                raise Bad(f"not a signature line: {line!r:.80}")
            self.signatures.append((m[1], b64(m[2])))


class Checkpoint:
    """A tree's origin, size and root, signed by the log and enough witnesses."""

    def __init__(self, signed, policy):
        note = Note(signed)
        lines = note.text.split("\n")
        if len(lines) != 4 or lines[3] or not re.fullmatch("0|[1-9][0-9]{0,14}", lines[1]):
            raise Bad("the checkpoint is malformed")
        self.origin, self.size, self.root = lines[0], int(lines[1]), b64(lines[2], 32)
        logs = [k for k in policy.logs if k.name == self.origin]
        self.key = next((k.text for k in logs if k.signed(note)), None)
        if self.key is None:
            raise Bad(f"the checkpoint is not signed by a log of the policy (it says {self.origin!r:.80})")
        self.witnesses = sorted(n for n, k in policy.witnesses.items() if k.signed(note))
        if not policy.met(self.witnesses):
            raise Bad(f"the witnesses' quorum is not met: cosigned by {len(self.witnesses)} of {len(policy.witnesses)}")


class Policy:
    def __init__(self, text):
        self.logs, self.witnesses, self.groups, self.quorum = [], {}, {}, None
        counted = set()
        for line in text.split("\n"):
            f = line.split("#")[0].split()
            if not f:
                continue
            if f[0] == "log" and len(f) in (2, 3):
                self.logs.append(Key(f[1], ED25519))
            elif f[0] == "witness" and len(f) in (3, 4):
                key = Key(f[2], COSIGNATURE)
                if any(k.public == key.public or k.name == key.name for k in self.witnesses.values()):
                    raise Bad(f"policy: the key of {f[1]} stands twice")
                self.new(f[1])
                self.witnesses[f[1]] = key
            elif f[0] == "group" and len(f) >= 4:
                members = f[3:]
                if len(set(members)) != len(members) or counted & set(members) or not all(map(self.known, members)):
                    raise Bad(f"policy: a member of {f[1]} is unknown or counted twice")
                counted |= set(members)
                n = {"any": "1", "all": str(len(members))}.get(f[2], f[2])
                if not n.isdigit() or not 1 <= int(n) <= len(members):
                    raise Bad(f"policy: {f[2]} of {len(members)}")
                self.new(f[1])
                self.groups[f[1]] = (int(n), members)
            elif f[0] == "quorum" and len(f) == 2 and self.quorum is None and (f[1] == "none" or self.known(f[1])):
                self.quorum = f[1]
            else:
                raise Bad(f"policy: not understood: {line!r:.100}")
        if self.quorum is None or not self.logs:
            raise Bad("policy: it must name a log and a quorum")

    def known(self, name):
        return name in self.witnesses or name in self.groups

    def new(self, name):
        if self.known(name) or name in ("log", "witness", "group", "quorum", "any", "all", "none"):
            raise Bad(f"policy: {name} cannot be named so")

    def met(self, held, name=None):
        name = name or self.quorum
        if name == "none":
            return True
        if name in self.witnesses:
            return name in held
        n, members = self.groups[name]
        return sum(self.met(held, m) for m in members) >= n


# --- the tree (RFC 6962, section 2.1)

def leaf_hash(data):
    return sha256(b"\x00", data)


def node_hash(left, right):
    return sha256(b"\x01", left, right)


def root_from_proof(index, size, h, proof):
    """RFC 9162, section 2.1.3.2."""
    if index >= size:
        raise Bad(f"index {index} in a tree of {size}")
    fn, sn = index, size - 1
    for p in proof:
        if sn == 0:
            raise Bad("the proof is too long")
        if fn & 1 or fn == sn:
            h = node_hash(p, h)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            h = node_hash(h, p)
        fn, sn = fn >> 1, sn >> 1
    if sn:
        raise Bad("the proof is too short")
    return h


def tree_hash(hashes):
    """The Merkle tree hash over a list of leaf hashes."""
    if len(hashes) < 2:
        return hashes[0] if hashes else sha256()
    k = 1 << (len(hashes) - 1).bit_length() - 1
    return node_hash(tree_hash(hashes[:k]), tree_hash(hashes[k:]))


# --- leaves and entries (docs/format/leaf.md, entry.md)

LEAF = re.compile(
    r"amana-leaf/v1\n([a-z0-9]+(?:[.-][a-z0-9]+)*)\n(0|[1-9][0-9]{0,18})\n([a-z0-9]+(?:[-./][a-z0-9]+)*)\n([1-9][0-9]{0,18})\n([0-9a-f]{64})\n", re.A)


class Leaf:
    def __init__(self, text):
        m = LEAF.fullmatch(text)
        if not m or len(text) > 512 or len(m[1]) > 100 or len(m[3]) > 140 or int(m[2]) >= 1 << 63 or int(m[4]) >= 1 << 63:
            raise Bad(f"not a leaf: {text!r:.80}")
        self.type, self.minute, self.source, self.seq, self.commitment = m[1], int(m[2]), m[3], int(m[4]), bytes.fromhex(m[5])


def field_digest(salt, path, value):
    return hmac.new(salt, path.encode() + b"\x00" + value.encode(), hashlib.sha256).digest()


def commitment(digests):
    h = hashlib.sha256(b"amana-entry/v1\n")
    for path in sorted(digests, key=str.encode):
        h.update(path.encode() + b"\x00" + digests[path])
    return h.digest()


# --- proof files (docs/format/proof.md)

SHAPE = {
    "format": str, "origin": str, "logkey": str, "home": str, "seq": int, "disclosed": list, "withheld": list,
    "leaf": str, "index": int, "hashes": list, "checkpoint": str,
}


def once(pairs):
    names = [n for n, _ in pairs]
    if len(set(names)) != len(names):
        raise Bad("a name stands twice")
    return dict(pairs)


def shaped(value, shape, what):
    if not isinstance(value, dict) or set(value) != set(shape):
        raise Bad(f"{what} does not have the members of the format")
    for name, kind in shape.items():
        if value[name] is None and kind is list:
            value[name] = []
        if type(value[name]) is not kind:
            raise Bad(f"{what}: {name} is of another type")


def load_proof(data):
    try:
        p = json.loads(data.decode("utf-8"), object_pairs_hook=once)
    except (ValueError, RecursionError) as e:
        raise Bad(f"not JSON: {e}")
    shaped(p, SHAPE, "the proof")
    if p["format"] != "amana-proof/v1":
        raise Bad(f"format {p['format']!r:.40}")
    for d in p["disclosed"]:
        shaped(d, {"path": str, "salt": str, "value": str}, "a disclosed field")
    for w in p["withheld"]:
        shaped(w, {"path": str, "digest": str}, "a withheld field")
    return p


def check_proof(data, policy):
    p = load_proof(data)
    digests, values = {}, {}
    for d in p["disclosed"]:
        put(digests, d["path"], field_digest(b64(d["salt"], 32), d["path"], d["value"]))
        try:
            values[d["path"]] = json.loads(d["value"])
        except ValueError:
            raise Bad(f"the value of {d['path']!r:.80} is not JSON")
    for w in p["withheld"]:
        put(digests, w["path"], b64(w["digest"], 32))
    leaf = Leaf(p["leaf"])
    for name in HEADER:
        if "entry." + name not in (values if name in SHOWN else digests):
            raise Bad(f"the entry's {name} is missing")
    if commitment(digests) != leaf.commitment:
        raise Bad("the values are not those of the leaf")
    agree(p, values, leaf)
    checkpoint = Checkpoint(p["checkpoint"], policy)
    if checkpoint.origin != p["origin"] or p["logkey"] not in ("", checkpoint.key):
        raise Bad("the proof names another log or key than its checkpoint")
    hashes = [b64(h, 32) for h in p["hashes"]]
    if root_from_proof(p["index"], checkpoint.size, leaf_hash(p["leaf"].encode()), hashes) != checkpoint.root:
        raise Bad("the leaf does not stand in the tree of the checkpoint")
    return {
        "holds": True, "origin": checkpoint.origin, "size": checkpoint.size, "index": p["index"], "witnesses": checkpoint.witnesses,
        "fields": values, "withheld": sorted(w["path"] for w in p["withheld"]),
    }


def put(digests, path, digest):
    if not path or "\x00" in path or len(path.encode()) > 500 or path in digests:
        raise Bad(f"field {path!r:.80} stands twice or cannot be a path")
    digests[path] = digest


def agree(p, values, leaf):
    e = {name: values["entry." + name] for name in SHOWN}
    if type(e["seq"]) is not int or type(e["written"]) is not int or not isinstance(e["id"], str):
        raise Bad("the entry's id, seq or time is of another type")
    said = (e["home"], e["seq"], e["kind"], e["written"] // 60_000_000)
    if said != (leaf.source, leaf.seq, leaf.type, leaf.minute) or (p["home"], p["seq"]) != said[:2]:
        raise Bad("home, seq, kind or time differ between the entry, its leaf and the file")


# --- a whole log (C2SP tlog-tiles)

def log_file(directory, kind, n, width):
    path = "%03d" % (n % 1000)
    while n >= 1000:
        n //= 1000
        path = "x%03d/%s" % (n % 1000, path)
    full = f"tile/{kind}/{path}"
    exact = full if width == 256 else f"{full}.p/{width}"
    for name in (exact, full):
        p = os.path.join(directory, name)
        if os.path.exists(p):
            return name, read(p), name == exact
    raise Bad(f"{exact} is missing")


def log_tile(directory, level, n, width):
    name, raw, exact = log_file(directory, level, n, width)
    if len(raw) < 32 * width or exact and len(raw) != 32 * width:
        raise Bad(f"{name} holds {len(raw)} bytes, not {width} hashes")
    return name, [raw[i * 32:i * 32 + 32] for i in range(width)]


def log_leaves(directory, n, width):
    name, raw, exact = log_file(directory, "entries", n, width)
    out = []
    for i in range(width):
        size = int.from_bytes(raw[:2], "big")
        if len(raw) < 2 + size or len(raw) < 2:
            raise Bad(f"{name} ends after {i} leaves of {width}")
        out.append(raw[2:2 + size])
        raw = raw[2 + size:]
    if exact and raw:
        raise Bad(f"{name} goes on after its last leaf")
    return name, out


def check_log(directory, policy):
    """Derives every tile of the latest checkpoint from the leaves, and counts the leaves."""
    checkpoint = Checkpoint(read(os.path.join(directory, "checkpoint")).decode("utf-8", "replace"), policy)
    level, hashes, sources = 0, [], {}
    for n in range((checkpoint.size + 255) // 256):
        name, leaves = log_leaves(directory, n, min(256, checkpoint.size - 256 * n))
        for text in leaves:
            leaf = Leaf(text.decode("utf-8", "replace"))
            said = sources.setdefault(leaf.source, {})
            if said.setdefault(leaf.seq, text) != text:
                raise Bad(f"{name}: another leaf for {leaf.source}, seq {leaf.seq}")
            hashes.append(leaf_hash(text))
    all_hashes = hashes
    while hashes:
        above = []
        for n in range((len(hashes) + 255) // 256):
            want = hashes[256 * n:256 * n + 256]
            name, have = log_tile(directory, level, n, len(want))
            if have != want:
                raise Bad(f"{name} is not what the leaves give")
            if len(want) == 256:
                above.append(tree_hash(want))
        level, hashes = level + 1, above
    if tree_hash(all_hashes) != checkpoint.root:
        raise Bad("the leaves do not give the root of the checkpoint")
    for source, said in sources.items():
        if max(said) != len(said):
            raise Bad(f"{source}: {max(said) - len(said)} of {max(said)} leaves are missing")
    return {"holds": True, "origin": checkpoint.origin, "size": checkpoint.size, "witnesses": checkpoint.witnesses, "sources": {s: max(n) for s, n in sources.items()}}


# --- the command

def read(path):
    with open(path, "rb") as f:
        data = f.read(LIMIT + 1)
    if len(data) > LIMIT:
        raise Bad(f"{path} is larger than {LIMIT} bytes")
    return data


def check_file(path, policy):
    data = read(path)
    if not data.startswith(b"%PDF-"):
        yield path, lambda: check_proof(data, policy)
        return
    try:
        proofs = proofs_in_pdf(data)
    except (Bad, ValueError, TypeError) as e:
        yield path, lambda e=e: raise_(e)
        return
    for name, proof in sorted(proofs.items()):
        yield f"{path}:{name}", lambda proof=proof: check_proof(proof, policy)


def raise_(e):
    raise e


def main(argv=None):
    p = a = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    a.add_argument("--policy", required=True, help="C2SP tlog-policy file with the keys you trust")
    a.add_argument("--log", metavar="DIR", help="check a whole log")
    a.add_argument("--json", action="store_true", help="one JSON object a line")
    a.add_argument("files", nargs="*", metavar="FILE")
    a = a.parse_args(argv)
    if not a.files and not a.log:
        p.error("nothing to check: give a FILE or --log DIR")
    try:
        policy = Policy(read(a.policy).decode("utf-8"))
        todo = [c for path in a.files for c in check_file(path, policy)]
    except (OSError, UnicodeDecodeError, Bad) as e:
        print(e, file=sys.stderr)
        return 2
    if a.log:
        todo.append((a.log, lambda: check_log(a.log, policy)))
    return max(report(name, check, a.json) for name, check in todo)


def report(name, check, as_json):
    try:
        r = check()
    except (Bad, OSError, ValueError, TypeError, RecursionError) as e:  # the last three: input nobody foresaw
        r = {"holds": False, "why": str(e)}
    if as_json:
        print(json.dumps({"file": name, **r}, ensure_ascii=False, sort_keys=True))
    elif not r["holds"]:
        print(f"{name}: DOES NOT HOLD: {r['why']}")
    else:
        print(f"{name}: holds, in {r['origin']} ({r['size']} leaves), cosigned by {', '.join(r['witnesses']) or 'nobody'}")
        for path, value in sorted(r.get("fields", {}).items()):
            print(f"    {path}: {json.dumps(value, ensure_ascii=False)}")
        for path in r.get("withheld", []):
            print(f"    {path}: (withheld)")
    return 0 if r["holds"] else 1


if __name__ == "__main__":
    sys.exit(main())
