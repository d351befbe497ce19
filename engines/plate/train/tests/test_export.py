"""A written .amw computes what the model computes, reads back for fine-tuning, and golden tensors are those of the file."""

import numpy as np
import pytest
import torch

import export
import release

NAMES = ["detect", "corner", "read"]


def stirred(name):
    """A network with norms that are not the identity."""
    torch.manual_seed(1)
    model = release.network(name)
    for layer in model.modules():
        if isinstance(layer, torch.nn.BatchNorm2d):
            layer.running_mean.normal_(0, 0.2), layer.running_var.uniform_(0.4, 2.0)
    return model.eval()


@pytest.mark.parametrize("name", NAMES)
def test_file_computes_what_the_model_computes(name, tmp_path):
    model, path = stirred(name), str(tmp_path / "m.amw")
    shape = release.SHAPES[name] if name != "detect" else (3, 64, 96)
    x = torch.randn(1, *shape) * 0.3
    export.save(model, path, name, "t", release.SHAPES[name], release.OUTPUTS[name], {}, "f32")
    got = export.run(path, x)
    want = model(x)
    for out, w in zip(release.OUTPUTS[name], want if isinstance(want, tuple) else (want,)):
        assert torch.allclose(got[out], w, atol=1e-4)
    again = release.network(name)
    export.load(again, path)
    back = again.eval()(x)
    for b, w in zip(back if isinstance(back, tuple) else (back,), want if isinstance(want, tuple) else (want,)):
        assert torch.allclose(b, w, atol=1e-4)


@pytest.mark.parametrize("name", NAMES)
def test_golden_tensors_are_those_of_the_file(name, tmp_path):
    path, out = str(tmp_path / "m.amw"), str(tmp_path / "m.amt")
    export.save(stirred(name), path, name, "t", release.SHAPES[name], release.OUTPUTS[name], {})
    x = torch.randn(1, *(release.SHAPES[name] if name != "detect" else (3, 32, 64)))
    export.golden(path, x, out, [])
    header, data = export.unpack(out, b"AMT1")
    stored = {t["name"]: np.frombuffer(data, "<f4", int(np.prod(t["shape"])), t["offset"]).reshape(t["shape"]) for t in header["tensors"]}
    assert np.array_equal(stored["x"], x.numpy())
    for o in release.OUTPUTS[name]:
        assert np.allclose(stored[o], export.run(path, x)[o].numpy(), atol=1e-6)
    assert all(t["offset"] % 64 == 0 for t in header["tensors"])
