"""Trains the MLP in PyTorch on one minibatch, and prints the peak of resident memory in bytes."""

import resource
import sys

import torch
from torch import nn

torch.set_num_threads(int(sys.argv[1]))
hidden = [nn.Linear(784, 800), nn.ReLU(), nn.Dropout(0.5), nn.Linear(800, 800), nn.ReLU(), nn.Dropout(0.5)]
net = nn.Sequential(nn.Flatten(), nn.Dropout(0.2), *hidden, nn.Linear(800, 10))
update = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9, nesterov=True)
images, digits = torch.rand(500, 1, 28, 28), torch.arange(500) % 10
for _ in range(20):
    update.zero_grad()
    nn.functional.cross_entropy(net(images), digits).backward()
    update.step()
print(1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
