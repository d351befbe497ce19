"""Makes ops.amw, a network with every operation and activation, and ops.amt, what PyTorch makes of it: python3 golden.py"""

import json
import struct

import numpy as np
import torch
from torch.nn import functional as f

torch.manual_seed(20)
parts, size, nodes, got = [], 0, [], {}


def blob(t, dtype="f32"):
    global size
    raw = t.numpy().astype("<f2" if dtype == "f16" else "<f4").tobytes()
    ref = {"offset": size, "shape": list(t.shape), "dtype": dtype}
    raw += b"\0" * (-len(raw) % 64)
    parts.append(raw)
    size += len(raw)
    return ref


ACTS = {"none": lambda v: v, "relu": torch.relu, "relu6": f.relu6, "hswish": f.hardswish, "silu": f.silu, "sigmoid": torch.sigmoid}


def conv(src, out, cout, kernel, stride=(1, 1), pad=(0, 0), act="none", depthwise=False, dtype="f32"):
    cin = got[src].shape[1]
    groups = cin if depthwise else 1
    w = torch.randn(cout, cin // groups, *kernel) / (cin // groups * kernel[0] * kernel[1]) ** 0.5
    w = w.half().float() if dtype == "f16" else w
    b = torch.randn(cout) * 0.3
    nodes.append({"op": "conv", "in": [src], "out": out, "kernel": kernel, "stride": stride, "pad": pad, "groups": groups, "act": act,
                  "weight": blob(w, dtype), "bias": blob(b)})
    got[out] = ACTS[act](f.conv2d(got[src], w, b, stride, pad, 1, groups))


def op(name, src, out, value, **more):
    nodes.append({"op": name, "in": src, "out": out, **more})
    got[out] = value


x = torch.randn(1, 3, 22, 30)
got["x"] = x
conv("x", "a", 20, (3, 3), (2, 2), (1, 1), "relu", dtype="f16")
conv("a", "b", 20, (5, 3), (1, 1), (2, 1), "hswish", depthwise=True)
conv("b", "c", 32, (1, 1), act="relu6")
conv("c", "d", 16, (3, 3), pad=(1, 1), act="silu")
op("concat", ["c", "d"], "cd", torch.cat([got["c"], got["d"]], 1))
conv("cd", "e", 20, (1, 5), (1, 2), (0, 2), "sigmoid")
conv("b", "g", 20, (3, 2), (1, 2), (1, 1))
op("concat", ["b", "a", "b"], "bab", torch.cat([got["b"], got["a"], got["b"]], 1))
conv("bab", "h", 20, (3, 3), (1, 2), (1, 1))
op("add", ["g", "h"], "i0", torch.relu(got["g"] + got["h"]), act="relu")
op("add", ["i0", "e"], "i", f.silu(got["i0"] + got["e"]), act="silu")
op("maxpool", ["i"], "mp", f.max_pool2d(got["i"], (3, 2), (2, 2), (1, 1)), kernel=[3, 2], stride=[2, 2], pad=[1, 1])
op("avgpool", ["i"], "ap", f.avg_pool2d(got["i"], (3, 2), (2, 2), (1, 1)), kernel=[3, 2], stride=[2, 2], pad=[1, 1])
op("add", ["mp", "ap"], "j", got["mp"] + got["ap"], act="none")
op("upsample2", ["j"], "up", f.interpolate(got["j"], scale_factor=2, mode="nearest"))
op("meanh", ["up"], "mh", got["up"].mean(2, keepdim=True))
op("gap", ["up"], "gp", got["up"].mean((2, 3), keepdim=True))
conv("mh", "logits", 7, (1, 3), pad=(0, 1), act="none")


def pack(path, magic, header, blobs):
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-(8 + len(text)) % 64)
    with open(path, "wb") as out:
        out.write(magic + struct.pack("<I", len(text)) + text + b"".join(blobs))


header = {"format": 1, "name": "ops", "version": "1", "inputs": [{"name": "x", "shape": [3, 22, 30]}], "nodes": nodes, "outputs": ["logits", "gp"],
          "meta": {"seed": 20}}
pack("ops.amw", b"AMW1", header, parts)
parts, size = [], 0
pack("ops.amt", b"AMT1", {"tensors": [{"name": n, **blob(v)} for n, v in got.items()]}, parts)
