"""Times PyTorch on a GPU with the networks of the MNIST program, for `bench_cuda`.

Reads a question on each line of standard input: MODEL PRECISION WAY, where MODEL is mlp or cnn, PRECISION f32, tf32 or
bf16, and WAY eager or compile (torch.compile with CUDA graphs). Answers with a line of three numbers, in seconds: of an
epoch of so many images (the first argument) in minibatches of 500 that lie on the device, and of forward passes of 500
images and of 1, from host to host; or with a line that begins with `failed`. Networks stay as they are for the next
question of the same kind.
"""

import statistics
import sys
import time

import torch
from torch import nn

IMAGES, DEVICE, BATCH = int(sys.argv[1]), sys.argv[2], 500


def layers(model):
    if model == "mlp":
        yield from [nn.Flatten(), nn.Dropout(0.2), nn.Linear(784, 800), nn.ReLU(), nn.Dropout(0.5)]
        yield from [nn.Linear(800, 800), nn.ReLU(), nn.Dropout(0.5), nn.Linear(800, 10)]
    else:
        yield from [nn.Conv2d(1, 32, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(32, 32, 5), nn.ReLU(), nn.MaxPool2d(2)]
        yield from [nn.Flatten(), nn.Dropout(0.5), nn.Linear(512, 256), nn.ReLU(), nn.Dropout(0.5), nn.Linear(256, 10)]


def wait():
    if DEVICE == "cuda":
        torch.cuda.synchronize()


def median_seconds(repetitions, work):
    times = []
    for _ in range(repetitions):
        wait()
        start = time.perf_counter()
        work()
        wait()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


class Subject:
    """A network, its update, and how both are called."""

    def __init__(self, model, precision, way):
        self.precision = precision
        self.allow()
        self.net = nn.Sequential(*layers(model)).to(DEVICE)
        self.update = torch.optim.SGD(self.net.parameters(), lr=0.01, momentum=0.9, nesterov=True, fused=True)
        self.loss_of = nn.CrossEntropyLoss()
        compiled = (lambda f: torch.compile(f, mode="reduce-overhead")) if way == "compile" else (lambda f: f)
        self.loss, self.forward = compiled(self.loss), compiled(self.net)
        self.epoch(20 * BATCH)

    def allow(self):
        torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = self.precision == "tf32"
        torch.backends.cudnn.benchmark = True

    def rounds(self):
        return torch.autocast(DEVICE, dtype=torch.bfloat16, enabled=self.precision == "bf16")

    def loss(self, x, t):
        with self.rounds():
            return self.loss_of(self.net(x), t)

    def epoch(self, images):
        self.net.train()
        order = torch.randperm(IMAGES, device=DEVICE)[:images]
        total = torch.zeros((), device=DEVICE)
        for batch in order.split(BATCH):
            self.update.zero_grad(set_to_none=True)
            loss = self.loss(IMAGES_THERE[batch], DIGITS_THERE[batch])
            loss.backward()
            total += loss.detach()
            self.update.step()
        return total.item()

    def seconds(self):
        self.allow()
        found = [median_seconds(3, lambda: self.epoch(IMAGES))]
        self.net.eval()
        with torch.no_grad(), self.rounds():
            for batch in (BATCH, 1):
                host = IMAGES_THERE[:batch].cpu()
                host = host.pin_memory() if DEVICE == "cuda" else host

                def there_and_back():
                    return self.forward(host.to(DEVICE, non_blocking=True)).cpu()

                for _ in range(10):
                    there_and_back()
                found.append(median_seconds(200, there_and_back))
        return found


IMAGES_THERE = torch.rand(IMAGES, 1, 28, 28, device=DEVICE)
DIGITS_THERE = torch.arange(IMAGES, device=DEVICE) % 10
subjects = {}
for question in sys.stdin:
    try:
        key = tuple(question.split())
        if key not in subjects:
            subjects[key] = Subject(*key)
        answer = " ".join(f"{seconds:.9f}" for seconds in subjects[key].seconds())
    except Exception as error:
        answer = "failed: " + " ".join(str(error).split())[:300]
    print(answer, flush=True)
