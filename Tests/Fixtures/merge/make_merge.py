#!/usr/bin/env python3
"""Golden values of the PyTorch twin whose decoder levels add the skip to the upsampled part instead of concatenating.

    pip install torch numpy safetensors
    python make_merge.py           writes STRATEGY.safetensors beside this script: weights, inputs, outputs, loss, gradients
"""
import os, sys

import numpy as np
import safetensors
import torch
import torch.nn as nn
import torch.nn.functional as F
from safetensors.numpy import save_file

here = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(here, "..", "twin"))
import torch_twin as twin


class AddUpLevel(nn.Module):
    def __init__(self, cin, cout):
        super().__init__()
        self.up = nn.ConvTranspose2d(cin, cout, 2, 2)
        block = twin.DoubleConv(cout, cout)
        self.conv1, self.norm1, self.conv2, self.norm2 = block.conv1, block.norm1, block.conv2, block.norm2

    def forward(self, x, skip):
        x = self.up(x)
        if skip is not None:
            x = skip + x
        x = F.gelu(self.norm1(self.conv1(x)))
        return F.gelu(self.norm2(self.conv2(x)))


twin.UpLevel = AddUpLevel
torch.set_num_threads(1)
versions = {"torch": torch.__version__, "numpy": np.__version__, "safetensors": safetensors.__version__}
for index, strategy in enumerate(["no_skip", "mixed_skip"]):
    torch.manual_seed(20 + index)
    net = twin.C2C(1, [4, 6], 8)
    xa, xb = torch.randn(2, 1, 8, 12), torch.randn(2, 1, 8, 12)
    out = net(xa, xb, strategy)
    loss = twin.total(twin.losses(out, xa, xb), dict(twin.WEIGHTS, edge=0.05))
    loss.backward()
    arrays = dict(xa=xa, xb=xb, loss=loss, **{k: out[k] for k in ("same_a", "same_b", "cross_a", "cross_b")},
                  **{f"weight.{k}": v for k, v in net.named_parameters()}, **{f"grad.{k}": v.grad for k, v in net.named_parameters()})
    save_file({k: np.ascontiguousarray(v.detach().numpy()) for k, v in arrays.items()},
              os.path.join(here, strategy + ".safetensors"), metadata=versions)
