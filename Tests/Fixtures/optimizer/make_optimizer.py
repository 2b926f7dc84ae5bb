#!/usr/bin/env python3
"""Five steps of PyTorch's optimizers, and the rates of its schedules.

    pip install torch
    python make_optimizer.py       writes optimizer.json beside this script

Everything is Float32 as in training, on one tensor of 35 elements (two vectors of 16 and a rest), the same start and gradients
for every optimizer. Numbers are the shortest decimals that give back the value.
"""
import json, os, random

import torch
from torch.optim import SGD, Adam, AdamW
from torch.optim.lr_scheduler import CosineAnnealingLR, OneCycleLR, ReduceLROnPlateau, StepLR

torch.set_num_threads(1)
torch.manual_seed(3)
start = torch.randn(5, 7)
gradients = [torch.randn(5, 7) * 10 ** random.Random(k).uniform(-3, 1) for k in range(5)]
OPTIMIZERS = {
    "adam": (Adam, dict(lr=0.01, betas=(0.8, 0.95), weight_decay=0.1)),
    "adamw": (AdamW, dict(lr=0.01, betas=(0.8, 0.95), weight_decay=0.1)),
    "sgd": (SGD, dict(lr=0.01, momentum=0.9, weight_decay=0.1)),
    "sgd_plain": (SGD, dict(lr=0.01, momentum=0.0, weight_decay=0.0)),
    "sgd_nesterov": (SGD, dict(lr=0.01, momentum=0.9, weight_decay=0.1, nesterov=True)),
}


def run(kind, settings):
    weight = torch.nn.Parameter(start.clone())
    optimizer = kind([weight], **settings)
    after = []
    for gradient in gradients:
        weight.grad = gradient.clone()
        optimizer.step()
        after.append(weight.detach().flatten().tolist())
    state = optimizer.state[weight]
    mean = state.get("exp_avg", state.get("momentum_buffer"))
    square = state.get("exp_avg_sq")
    return dict(after=after, mean=None if mean is None else mean.flatten().tolist(),
                square=None if square is None else square.flatten().tolist())


def rates(make, count, losses=None):
    optimizer = SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.003)
    scheduler = make(optimizer)
    result = []
    for k in range(count):
        result.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        if losses is None:
            if k + 1 < count:
                scheduler.step()
        else:
            scheduler.step(losses[k])
    return result


# Better; not better by less than the threshold; NaN; better again; a long plateau, down to the smallest rate.
losses = [1.0, 0.8, 0.7999, 0.81, float("nan"), 0.9, 0.5, 0.499, 0.49] + [0.6] * 12
schedules = {
    "step": rates(lambda o: StepLR(o, step_size=4, gamma=0.3), 15),
    "cosine": rates(lambda o: CosineAnnealingLR(o, T_max=15, eta_min=0.0003), 15),
    "onecycle": rates(lambda o: OneCycleLR(o, max_lr=0.003, total_steps=15, pct_start=0.3, cycle_momentum=False), 15),
    "onecycle_short": rates(lambda o: OneCycleLR(o, max_lr=0.003, total_steps=7, pct_start=0.5, div_factor=10,
                                                 final_div_factor=100, cycle_momentum=False), 7),
    "plateau": rates(lambda o: ReduceLROnPlateau(o, factor=0.2, patience=2, min_lr=5e-5, threshold=0.01), len(losses), losses),
}
path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "optimizer.json")
with open(path, "w") as file:
    json.dump(dict(
        versions={"torch": torch.__version__}, start=start.flatten().tolist(),
        gradients=[g.flatten().tolist() for g in gradients],
        optimizers={name: run(*settings) for name, settings in OPTIMIZERS.items()}, schedules=schedules,
        losses=[None if l != l else l for l in losses]), file)
    file.write("\n")
