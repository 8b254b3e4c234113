"""Times layers of PyTorch for the benchmark's sweep.

Reads a case as JSON on each line of standard input, and writes the least seconds of a forward pass and of a training
step (forward and backward, to parameters and input) on a line of standard output. Where PyTorch has a choice of
memory format, the faster counts.
"""

import json
import sys
import time

import torch
from torch import nn


class Last(nn.Module):
    """A recurrent layer's hidden states, without its last state."""

    def __init__(self, layer):
        super().__init__()
        self.layer = layer

    def forward(self, x):
        return self.layer(x)[0]


LAYERS = {
    "dense": lambda c: nn.Sequential(nn.Linear(c["inputs"], c["units"]), nn.ReLU()),
    "conv2d": lambda c: nn.Sequential(
        nn.Conv2d(c["channels"], c["filters"], c["size"], padding=c["size"] // 2), nn.ReLU()
    ),
    "recurrent": lambda c: Last(nn.RNN(c["inputs"], c["units"], nonlinearity="relu", batch_first=True)),
    "lstm": lambda c: Last(nn.LSTM(c["inputs"], c["units"], batch_first=True)),
    "gru": lambda c: Last(nn.GRU(c["inputs"], c["units"], batch_first=True)),
    "batch_norm": lambda c: (nn.BatchNorm2d if len(c["shape"]) == 4 else nn.BatchNorm1d)(c["shape"][1], eps=1e-4),
    "layer_norm": lambda c: nn.LayerNorm(c["shape"][1:], eps=1e-4),
    "max_pool2d": lambda c: nn.MaxPool2d(c["size"], c["stride"]),
    "average_pool2d": lambda c: nn.AvgPool2d(c["size"], c["stride"]),
    "global_pool": lambda c: nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten()),
    "local_response_normalization2d": lambda c: nn.LocalResponseNorm(5, alpha=5e-4, beta=0.75, k=2.0),
    "relu": lambda c: nn.ReLU(),
    "leaky_relu": lambda c: nn.LeakyReLU(),
    "sigmoid": lambda c: nn.Sigmoid(),
    "tanh": lambda c: nn.Tanh(),
    "elu": lambda c: nn.ELU(),
    "softplus": lambda c: nn.Softplus(),
    "softmax": lambda c: nn.Softmax(-1),
}


def least(call, prepare, seconds):
    """The least time of calls for this long, but at least one."""
    least, end = None, time.perf_counter() + seconds
    while least is None or time.perf_counter() < end:
        prepare()
        start = time.perf_counter()
        call()
        taken = time.perf_counter() - start
        least = taken if least is None else min(least, taken)
    return least


class Alone:
    """One layer with its input and the gradient of its output."""

    def __init__(self, case, memory_format):
        self.layer = LAYERS[case["layer"]](case).to(memory_format=memory_format)
        self.x = torch.rand(case["shape"]).to(memory_format=memory_format).requires_grad_()
        self.gradient = torch.rand_like(self.layer(self.x))

    def forward(self):
        with torch.inference_mode():
            self.layer(self.x)

    def step(self):
        self.layer(self.x).backward(self.gradient)

    def forget(self):
        self.x.grad = None
        self.layer.zero_grad(set_to_none=True)

    def time(self, seconds):
        self.layer.eval()
        self.forward()
        forward = least(self.forward, lambda: None, seconds)
        self.layer.train()
        self.step()
        return forward, least(self.step, self.forget, seconds)


def main():
    torch.set_num_threads(int(sys.argv[1]))
    torch.manual_seed(0)
    before, layers = None, []
    for line in sys.stdin:
        case = json.loads(line)
        if line != before:
            formats = [torch.contiguous_format]
            if len(case["shape"]) == 4:
                formats.append(torch.channels_last)
            before, layers = line, [Alone(case, memory_format) for memory_format in formats]
        times = [layer.time(case["seconds"]) for layer in layers]
        print(min(forward for forward, _ in times), min(step for _, step in times), flush=True)


main()
