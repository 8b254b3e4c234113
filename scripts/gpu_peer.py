"""Times PyTorch on a GPU with the networks of the MNIST program, for `scripts/gpu-check.sh`.

    python3 scripts/gpu_peer.py MODEL PRECISION WAY

MODEL is mlp or cnn, PRECISION f32, tf32 or bf16, WAY eager or compile (torch.compile with CUDA graphs). Prints seconds as
JSON: of an epoch of 50,000 images in minibatches of 500 that lie on the device, and of forward passes of 500 images and of 1.
"""

import json
import statistics
import sys
import time

import torch
from torch import nn

IMAGES, BATCH = 50_000, 500


def network(model):
    if model == "mlp":
        layers = [nn.Flatten(), nn.Dropout(0.2), nn.Linear(784, 800), nn.ReLU(), nn.Dropout(0.5)]
        layers += [nn.Linear(800, 800), nn.ReLU(), nn.Dropout(0.5), nn.Linear(800, 10)]
    else:
        layers = [nn.Conv2d(1, 32, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(32, 32, 5), nn.ReLU(), nn.MaxPool2d(2)]
        layers += [nn.Flatten(), nn.Dropout(0.5), nn.Linear(512, 256), nn.ReLU(), nn.Dropout(0.5), nn.Linear(256, 10)]
    return nn.Sequential(*layers).cuda()


def main():
    model, precision, way = sys.argv[1:4]
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = precision == "tf32"
    torch.backends.cudnn.benchmark = True
    net = network(model)
    images = torch.rand(IMAGES, 1, 28, 28, device="cuda")
    digits = torch.arange(IMAGES, device="cuda") % 10
    update = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9, nesterov=True, fused=True)
    loss_of = nn.CrossEntropyLoss()

    def autocast():
        return torch.autocast("cuda", dtype=torch.bfloat16, enabled=precision == "bf16")

    def step(x, t):
        with autocast():
            loss = loss_of(net(x), t)
        loss.backward()
        return loss

    def forward(x):
        with autocast():
            return net(x)

    if way == "compile":
        step = torch.compile(step, mode="reduce-overhead")
        forward = torch.compile(forward, mode="reduce-overhead")

    def epoch(steps):
        order = torch.randperm(IMAGES, device="cuda")
        total = torch.zeros((), device="cuda")
        for batch in order.split(BATCH)[:steps]:
            update.zero_grad(set_to_none=True)
            total += step(images[batch], digits[batch]).detach()
            update.step()
        return total.item()

    def seconds(repetitions, work):
        times = []
        for _ in range(repetitions):
            torch.cuda.synchronize()
            start = time.perf_counter()
            work()
            torch.cuda.synchronize()
            times.append(time.perf_counter() - start)
        return statistics.median(times)

    epoch(20)
    result = {"epoch": seconds(3, lambda: epoch(IMAGES))}
    net.eval()
    with torch.no_grad():
        for name, batch in [("forward_500", 500), ("forward_1", 1)]:
            x = images[:batch].clone()
            for _ in range(20):
                forward(x)
            # From host to host, as a user sees it.
            host = x.cpu().pin_memory()
            result[name] = seconds(200, lambda: forward(host.to("cuda", non_blocking=True)).cpu())
    print(json.dumps(result))


main()
