"""Rules of update with settings, values and gradients drawn at random, and constraints on norms.

    python generate/updates.py [CASES_OF_EACH [FOLDER]]

writes updates.npz; the rules are Lasagne's, from their definitions, and AdamW (Loshchilov and Hutter 2019), which is Lasagne's
Adam with a decay of the values beside it. It needs numpy alone.
"""

import os
import sys

import numpy as np

STEPS = 20
VALUES = 3


class Sgd:
    def __init__(self, rate):
        self.rate = rate

    def step(self, p, g):
        return -self.rate * g


class Adagrad:
    def __init__(self, rate, epsilon):
        self.rate, self.epsilon, self.sum = rate, epsilon, 0

    def step(self, p, g):
        self.sum = self.sum + g ** 2
        return -self.rate * g / np.sqrt(self.sum + self.epsilon)


class Rmsprop:
    def __init__(self, rate, rho, epsilon):
        self.rate, self.rho, self.epsilon, self.mean = rate, rho, epsilon, 0

    def step(self, p, g):
        self.mean = self.rho * self.mean + (1 - self.rho) * g ** 2
        return -self.rate * g / np.sqrt(self.mean + self.epsilon)


class Adadelta:
    def __init__(self, rate, rho, epsilon):
        self.rate, self.rho, self.epsilon, self.mean, self.of_updates = rate, rho, epsilon, 0, 0

    def step(self, p, g):
        self.mean = self.rho * self.mean + (1 - self.rho) * g ** 2
        update = g * np.sqrt(self.of_updates + self.epsilon) / np.sqrt(self.mean + self.epsilon)
        self.of_updates = self.rho * self.of_updates + (1 - self.rho) * update ** 2
        return -self.rate * update


class Adam:
    def __init__(self, rate, beta1, beta2, epsilon):
        self.rate, self.beta1, self.beta2, self.epsilon = rate, beta1, beta2, epsilon
        self.t, self.m, self.v = 0, 0, 0

    def average(self, g):
        self.t += 1
        self.m = self.beta1 * self.m + (1 - self.beta1) * g
        self.v = self.beta2 * self.v + (1 - self.beta2) * g ** 2
        return self.rate * np.sqrt(1 - self.beta2 ** self.t) / (1 - self.beta1 ** self.t)

    def step(self, p, g):
        return -self.average(g) * self.m / (np.sqrt(self.v) + self.epsilon)


class Amsgrad(Adam):
    largest = 0

    def step(self, p, g):
        rate = self.average(g)
        self.largest = np.maximum(self.largest, self.v)
        return -rate * self.m / (np.sqrt(self.largest) + self.epsilon)


class Adamw(Adam):
    def __init__(self, rate, beta1, beta2, epsilon, decay):
        super().__init__(rate, beta1, beta2, epsilon)
        self.decay = decay

    def step(self, p, g):
        return super().step(p, g) - self.rate * self.decay * p


class Adamax:
    def __init__(self, rate, beta1, beta2, epsilon):
        self.rate, self.beta1, self.beta2, self.epsilon = rate, beta1, beta2, epsilon
        self.t, self.m, self.u = 0, 0, 0

    def step(self, p, g):
        self.t += 1
        self.m = self.beta1 * self.m + (1 - self.beta1) * g
        self.u = np.maximum(self.beta2 * self.u, abs(g))
        return -self.rate / (1 - self.beta1 ** self.t) * self.m / (self.u + self.epsilon)


class Momentum:
    def __init__(self, rule, momentum):
        self.rule, self.momentum, self.velocity = rule, momentum, 0

    def step(self, p, g):
        self.velocity = self.momentum * self.velocity + self.rule.step(p, g)
        return self.velocity


class NesterovMomentum(Momentum):
    def step(self, p, g):
        change = self.rule.step(p, g)
        self.velocity = self.momentum * self.velocity + change
        return self.momentum * self.velocity + change


def rate(random):
    return 10 ** random.uniform(-3, 0)


def epsilon(random):
    return 10 ** random.uniform(-8, -2)


def share(random):
    return random.uniform(0.3, 0.999)


RULES = {
    "sgd": (Sgd, [rate]),
    "adagrad": (Adagrad, [rate, epsilon]),
    "rmsprop": (Rmsprop, [rate, share, epsilon]),
    "adadelta": (Adadelta, [rate, share, epsilon]),
    "adam": (Adam, [rate, share, share, epsilon]),
    "adamax": (Adamax, [rate, share, share, epsilon]),
    "amsgrad": (Amsgrad, [rate, share, share, epsilon]),
    "adamw": (Adamw, [rate, share, share, epsilon, rate]),
}

AROUND = {"alone": None, "momentum": Momentum, "nesterov_momentum": NesterovMomentum}


def trajectory(name, around, seed):
    random = np.random.RandomState(seed)
    rule, settings = RULES[name]
    settings = [draw(random) for draw in settings]
    rule = rule(*settings)
    if AROUND[around]:
        settings.append(share(random))
        rule = AROUND[around](rule, settings[-1])
    # Gradients of all sizes, and none at times.
    gradients = random.normal(0, 1, (STEPS, VALUES)) * 10 ** random.uniform(-4, 2, VALUES)
    gradients *= random.uniform(0, 1, gradients.shape) < 0.9
    values = [random.normal(0, 1, VALUES)]
    for g in gradients:
        values.append(values[-1] + rule.step(values[-1], g))
    return {"settings": np.array(settings), "gradients": gradients, "values": np.array(values)}


def constrained(array, max_norm, axes):
    norms = np.sqrt(np.sum(array ** 2, axis=axes, keepdims=True))
    return array * (np.clip(norms, 0, max_norm) / (1e-7 + norms))


def norm_constraint(seed):
    random = np.random.RandomState(seed)
    shape = tuple(random.randint(1, 5, random.randint(2, 6)))
    array, max_norm = random.normal(0, 1, shape), random.uniform(0.1, 4)
    axes = (0,) if len(shape) == 2 else tuple(range(1, len(shape)))
    found = {"array": array, "max_norm": np.array(max_norm), "constrained": constrained(array, max_norm, axes)}
    chosen = np.flatnonzero(random.randint(0, 2, len(shape)))
    if len(chosen) > 0:
        found.update(axes=chosen, constrained_over=constrained(array, max_norm, tuple(chosen)))
    return found


def total_norm_constraint(seed):
    random = np.random.RandomState(seed)
    scale, max_norm = 10 ** random.uniform(-2, 2), random.uniform(0.1, 4)
    a, b = random.normal(0, scale, (3, 4)), random.normal(0, scale, 5)
    norm = np.sqrt(np.sum(a ** 2) + np.sum(b ** 2))
    factor = np.clip(norm, 0, max_norm) / (1e-7 + norm)
    return {"a": a, "b": b, "max_norm": np.array(max_norm), "norm": np.array(norm), "a_out": a * factor, "b_out": b * factor}


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    folder = sys.argv[2] if len(sys.argv) > 2 else os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    arrays, cases = {}, 0
    for number in range(count):
        found = {"%s.%s" % (name, around): trajectory(name, around, 1000 * number + 10 * i + j)
                 for i, name in enumerate(RULES) for j, around in enumerate(AROUND)}
        found["norm_constraint"] = norm_constraint(number)
        found["total_norm_constraint"] = total_norm_constraint(number)
        for name, of_case in found.items():
            arrays.update({"%s.%d.%s" % (name, number, key): values for key, values in of_case.items()})
        cases += len(found)
    np.savez_compressed(os.path.join(folder, "updates.npz"), **arrays)
    print("%d cases" % cases)
