"""The three networks. Every layer is one that export.py can write and the Go reader can run."""

import torch
from torch import nn


class Conv(nn.Module):
    """Convolution, batch norm (folded at export) and activation. Kernel and stride may be a number or (h, w)."""

    def __init__(self, cin, cout, kernel=3, stride=1, act="relu", groups=1, norm=True, pad=None):
        super().__init__()
        kernel = (kernel, kernel) if isinstance(kernel, int) else kernel
        pad = (kernel[0] // 2, kernel[1] // 2) if pad is None else pad
        self.conv = nn.Conv2d(cin, cout, kernel, stride, pad, groups=groups, bias=not norm)
        self.norm = nn.BatchNorm2d(cout) if norm else None
        self.act = act

    def forward(self, x):
        x = self.conv(x)
        if self.norm is not None:
            x = self.norm(x)
        return torch.relu(x) if self.act == "relu" else x


class Residual(nn.Module):
    """x + conv(conv(x)), then ReLU; `mid` channels between."""

    def __init__(self, channels, mid, first=1, second=3):
        super().__init__()
        self.a = Conv(channels, mid, first)
        self.b = Conv(mid, channels, second, act="none")

    def forward(self, x):
        return torch.relu(x + self.b(self.a(x)))


class Upsample2(nn.Module):
    def forward(self, x):
        return nn.functional.interpolate(x, scale_factor=2, mode="nearest")


class Detector(nn.Module):
    """3xHxW -> 5xH/8xW/8: objectness logit and the logarithms of the distances to the four sides, in cells."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(Conv(3, 12, 3, 2), Conv(12, 24, 3, 2))
        self.s8 = nn.Sequential(Conv(24, 48, 3, 2), Residual(48, 24))
        self.s16 = nn.Sequential(Conv(48, 96, 3, 2), Residual(96, 48), Residual(96, 48))
        self.s32 = nn.Sequential(Conv(96, 128, 3, 2), Residual(128, 64), Residual(128, 64))
        self.lat32 = Conv(128, 64, 1)
        self.lat16 = Conv(96, 64, 1, act="none")
        self.mix16 = Conv(64, 48, 3)
        self.lat8 = Conv(48, 48, 1, act="none")
        self.mix8 = Conv(48, 48, 3)
        self.up = Upsample2()
        self.head = Conv(48, 5, 1, act="none", norm=False)
        nn.init.constant_(self.head.conv.bias[0:1], -5.0)
        nn.init.constant_(self.head.conv.bias[1:], 1.0)

    def forward(self, x):
        c8 = self.s8(self.stem(x))
        c16 = self.s16(c8)
        p = self.lat32(self.s32(c16))
        p = self.mix16(torch.relu(self.lat16(c16) + self.up(p)))
        p = self.mix8(torch.relu(self.lat8(c8) + self.up(p)))
        return self.head(p)


class CornerNet(nn.Module):
    """3x96x160 -> heat 4x24x40 and kind 3x1x1."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(Conv(3, 16, 3, 2), Conv(16, 32, 3, 2))
        self.s4 = Residual(32, 16)
        self.s8 = nn.Sequential(Conv(32, 48, 3, 2), Residual(48, 24))
        self.s16 = nn.Sequential(Conv(48, 96, 3, 2), Residual(96, 48), Residual(96, 48))
        self.lat16 = Conv(96, 48, 1)
        self.lat8 = Conv(48, 48, 1, act="none")
        self.mix8 = Conv(48, 32, 3)
        self.lat4 = Conv(32, 32, 1, act="none")
        self.mix4 = Conv(32, 32, 3)
        self.up = Upsample2()
        self.heat = Conv(32, 4, 1, act="none", norm=False)
        self.kind = Conv(96, 3, 1, act="none", norm=False)

    def forward(self, x):
        c4 = self.s4(self.stem(x))
        c8 = self.s8(c4)
        c16 = self.s16(c8)
        p = self.mix8(torch.relu(self.lat8(c8) + self.up(self.lat16(c16))))
        p = self.mix4(torch.relu(self.lat4(c4) + self.up(p)))
        return self.heat(p), self.kind(c16.mean((2, 3), keepdim=True))


class Reader(nn.Module):
    """1x32x160 -> logits Ax1x40 for CTC."""

    def __init__(self, alphabet):
        super().__init__()
        self.stem = Conv(1, 32, 5, 2)
        self.s2 = Residual(32, 16, 3, 3)
        self.s4 = nn.Sequential(Conv(32, 80, 3, 2), Residual(80, 40, 1, 3), Residual(80, 40, 1, 3))
        self.tall = nn.Sequential(Conv(80, 112, 3, (2, 1)), Residual(112, 56, 1, 3))
        self.flat = Conv(112, 144, (4, 1), 1, pad=(0, 0))
        self.line = nn.Sequential(Residual(144, 64, 1, (1, 5)), Residual(144, 64, 1, (1, 5)))
        self.head = Conv(144, alphabet, 1, act="none", norm=False)

    def forward(self, x):
        x = self.s4(self.s2(self.stem(x)))
        return self.head(self.line(self.flat(self.tall(x))))
