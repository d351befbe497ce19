"""Writes a trained network as .amw and its golden tensors as .amt; reads a .amw back into torch. FORMAT.md says how."""

import json
import struct

import numpy as np
import torch
import torch.fx

from models import Conv, Upsample2


def pack(magic, header, blobs, path):
    """magic, header with the offsets already set, and the tensors' bytes at multiples of 64."""
    text = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()
    text += b" " * (-(8 + len(text)) % 64)
    with open(path, "wb") as f:
        f.write(magic + struct.pack("<I", len(text)) + text)
        for blob in blobs:
            f.write(blob + b"\0" * (-len(blob) % 64))


def unpack(path, magic):
    data = open(path, "rb").read()
    assert data[:4] == magic, path
    n = struct.unpack("<I", data[4:8])[0]
    return json.loads(data[8 : 8 + n]), data[8 + n :]


def folded(layer):
    """Weight and bias of a Conv with its batch norm folded in."""
    w, b = layer.conv.weight.detach().double(), layer.conv.bias
    if layer.norm is None:
        return w.float().numpy(), b.detach().float().numpy()
    scale = layer.norm.weight.detach().double() / torch.sqrt(layer.norm.running_var.double() + layer.norm.eps)
    bias = layer.norm.bias.detach().double() - layer.norm.running_mean.double() * scale
    return (w * scale[:, None, None, None]).float().numpy(), bias.float().numpy()


class Blobs:
    """The data part of a file while it is being written."""

    def __init__(self, dtype):
        self.dtype, self.parts, self.size = dtype, [], 0

    def add(self, array, dtype=None):
        dtype = dtype or self.dtype
        raw = array.astype("<f2" if dtype == "f16" else "<f4").tobytes()
        ref = {"offset": self.size, "shape": list(array.shape), "dtype": dtype}
        self.parts.append(raw)
        self.size += len(raw) + (-len(raw) % 64)
        return ref


class Tracer(torch.fx.Tracer):
    def is_leaf_module(self, module, name):
        return isinstance(module, (Conv, Upsample2))


def conv_node(layer, blobs):
    c = layer.conv
    w, b = folded(layer)
    return {"op": "conv", "kernel": list(c.kernel_size), "stride": list(c.stride), "pad": list(c.padding), "groups": c.groups,
            "act": layer.act, "weight": blobs.add(w), "bias": blobs.add(b, "f32")}


def graph_nodes(model, blobs, names):
    """The node list of the traced model; an add followed by relu becomes one node. names: of the outputs."""
    graph = Tracer().trace(model)
    modules, alias, nodes = dict(model.named_modules()), {}, []
    name = lambda n: alias.get(n.name, n.name)
    for n in graph.nodes:
        if n.op == "placeholder":
            alias[n.name] = "x"
        elif n.op == "call_module":
            m = modules[n.target]
            node = conv_node(m, blobs) if isinstance(m, Conv) else {"op": "upsample2"}
            nodes.append({**node, "in": [name(a) for a in n.args], "out": n.name})
        elif n.op == "call_function" and n.target.__name__ == "add":
            nodes.append({"op": "add", "act": "none", "in": [name(a) for a in n.args], "out": n.name})
        elif n.op == "call_function" and n.target is torch.relu:
            assert nodes[-1]["op"] == "add" and nodes[-1]["out"] == name(n.args[0])
            nodes[-1].update(act="relu", out=n.name)
        elif n.op == "call_function" and n.target is torch.cat:
            nodes.append({"op": "concat", "in": [name(a) for a in n.args[0]], "out": n.name})
        elif n.op == "call_method" and n.target == "mean":
            nodes.append({"op": "gap", "in": [name(n.args[0])], "out": n.name})
        elif n.op == "output":
            outs = n.args[0] if isinstance(n.args[0], tuple) else (n.args[0],)
            new = {name(o): given for o, given in zip(outs, names)}
        else:
            raise ValueError(f"no operator for {n.op} {n.target}")
    for node in nodes:
        node["in"] = [new.get(i, i) for i in node["in"]]
        node["out"] = new.get(node["out"], node["out"])
    return nodes


def save(model, path, name, version, shape, outputs, meta, dtype="f16"):
    """Writes the model, in eval mode, to path."""
    model.eval()
    blobs = Blobs(dtype)
    nodes = graph_nodes(model, blobs, outputs)
    header = {"format": 1, "name": name, "version": version, "inputs": [{"name": "x", "shape": list(shape)}],
              "nodes": nodes, "outputs": outputs, "meta": meta}
    pack(b"AMW1", header, blobs.parts, path)


def tensor(ref, data):
    kind = "<f2" if ref["dtype"] == "f16" else "<f4"
    count = int(np.prod(ref["shape"]))
    return torch.from_numpy(np.frombuffer(data, kind, count, ref["offset"]).astype(np.float32).reshape(ref["shape"]))


def run(path, x):
    """Runs a .amw file on x (N, C, H, W); gives every tensor by name. The reference for the Go reader."""
    header, data = unpack(path, b"AMW1")
    f = torch.nn.functional
    got = {"x": x}
    for n in header["nodes"]:
        a = [got[i] for i in n["in"]]
        if n["op"] == "conv":
            y = f.conv2d(a[0], tensor(n["weight"], data), tensor(n["bias"], data), n["stride"], n["pad"], 1, n["groups"])
        elif n["op"] == "add":
            y = a[0] + a[1]
        elif n["op"] == "upsample2":
            y = f.interpolate(a[0], scale_factor=2, mode="nearest")
        elif n["op"] == "concat":
            y = torch.cat(a, 1)
        elif n["op"] == "gap":
            y = a[0].mean((2, 3), keepdim=True)
        else:
            raise ValueError(n["op"])
        got[n["out"]] = torch.relu(y) if n.get("act") == "relu" else y
    return got


def golden(path, x, out, keep):
    """Golden tensors of a .amw on x: the tensors named in keep, besides x and the outputs."""
    header, _ = unpack(path, b"AMW1")
    with torch.no_grad():
        got = run(path, x)
    blobs, tensors = Blobs("f32"), []
    for n in ["x"] + [k for k in keep if k in got] + header["outputs"]:
        ref = blobs.add(got[n].numpy())
        tensors.append({"name": n, "shape": ref["shape"], "offset": ref["offset"]})
    pack(b"AMT1", {"tensors": tensors}, blobs.parts, out)


def load(model, path):
    """Puts a .amw back into a fresh model for fine-tuning: folded weights in the convolutions, norms set to the identity."""
    header, data = unpack(path, b"AMW1")
    nodes = iter(n for n in header["nodes"] if n["op"] == "conv")
    order = [n for n in Tracer().trace(model).nodes if n.op == "call_module"]
    modules = dict(model.named_modules())
    for layer in (modules[n.target] for n in order):
        if not isinstance(layer, Conv):
            continue
        n = next(nodes)
        w, b = tensor(n["weight"], data), tensor(n["bias"], data)
        layer.conv.weight.data.copy_(w)
        if layer.norm is None:
            layer.conv.bias.data.copy_(b)
            continue
        v = layer.norm
        v.running_mean.zero_(), v.running_var.fill_(1.0 - v.eps)
        v.weight.data.fill_(1.0), v.bias.data.copy_(b)
    return header
