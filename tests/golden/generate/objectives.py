"""Objectives with settings, targets and weights drawn at random: losses, their aggregate and its gradient.

    python generate/objectives.py [CASES_OF_EACH [FOLDER]]

writes objectives.npz; the objectives are Lasagne's, from their definitions.
"""

import os
import sys

import numpy as np
import theano
import theano.tensor as T

CLASSES = 5


def relu(x):
    return 0.5 * (x + abs(x))


def of_classes(p, t):
    """Probabilities or scores of the class that each row names, as one-hot rows."""
    return T.eq(T.arange(CLASSES).dimshuffle("x", 0), t.dimshuffle(0, "x"))


def one_hot(t):
    return T.cast(of_classes(None, t) if t.ndim == 1 else t, "float64")


def crossentropy_of_two(p, t):
    return -t * T.log(p) - (1 - t) * T.log(1 - p)


def crossentropy(p, t):
    return -T.sum(one_hot(t) * T.log(p), axis=1)


def hinge_of_two(p, t, delta, log_odds, binary):
    odds = p if log_odds else T.log(p / (1 - p))
    return relu(delta - odds * (2 * t - 1 if binary else t))


def hinge(p, t, delta):
    hot = one_hot(t)
    rivals = T.max(T.switch(hot > 0, -1e300, p), axis=1)
    return relu(rivals - T.sum(hot * p, axis=1) + delta)


def huber(p, t, delta):
    difference = abs(p - t)
    return T.switch(difference <= delta, 0.5 * difference ** 2, delta * (difference - 0.5 * delta))


def accuracy(p, t, top_k):
    t = t if t.ndim == 1 else T.argmax(t, axis=1)
    own = T.sum(one_hot(t) * p, axis=1).dimshuffle(0, "x")
    return T.cast(T.sum(p > own, axis=1) < top_k, "float64")


NONLINEARITIES = {
    "linear": lambda x: x,
    "sigmoid": lambda x: 1 / (1 + T.exp(-x)),
    "softmax": lambda x: T.exp(x) / T.sum(T.exp(x), axis=1, keepdims=True),
}


def draw_targets(random, kind, items):
    classes = random.randint(0, CLASSES, items)
    if kind == "classes":
        return classes.astype("int64")
    if kind == "one_hot":
        return np.eye(CLASSES)[classes]
    if kind == "shares":
        return random.dirichlet(np.ones(CLASSES), items)
    if kind == "flags":
        return random.randint(0, 2, (items, CLASSES)).astype("float64")
    if kind == "signs":
        return 2.0 * random.randint(0, 2, (items, CLASSES)) - 1
    if kind == "probabilities":
        return random.uniform(0, 1, (items, CLASSES))
    return random.normal(0, 2, (items, CLASSES))


def margin(random):
    return random.uniform(0.2, 3)


# Of each objective: the nonlinearities before it, the kinds of targets, its settings, and its losses.
OBJECTIVES = {
    "squared_error": (["linear", "sigmoid", "softmax"], ["values", "probabilities"], lambda r: [], lambda p, t: (p - t) ** 2),
    "binary_crossentropy": (["sigmoid", "softmax"], ["flags", "probabilities"], lambda r: [], crossentropy_of_two),
    "categorical_crossentropy": (["softmax", "sigmoid"], ["classes", "one_hot", "shares"], lambda r: [], crossentropy),
    "huber_loss": (["linear", "sigmoid"], ["values", "probabilities"], lambda r: [margin(r)], huber),
    "binary_hinge_loss": (["linear"], ["flags"], lambda r: [margin(r)], lambda p, t, d: hinge_of_two(p, t, d, True, True)),
    "binary_hinge_loss_of_signs": (["linear"], ["signs"], lambda r: [margin(r)], lambda p, t, d: hinge_of_two(p, t, d, True, False)),
    "binary_hinge_loss_of_probabilities": (["sigmoid", "softmax"], ["flags"], lambda r: [margin(r)], lambda p, t, d: hinge_of_two(p, t, d, False, True)),
    "multiclass_hinge_loss": (["linear", "softmax"], ["classes", "one_hot"], lambda r: [margin(r)], hinge),
    "binary_accuracy": (["sigmoid"], ["flags"], lambda r: [r.uniform(0.1, 0.9)], lambda p, t, a: T.cast(T.eq(p >= a, t), "float64")),
    "categorical_accuracy": (["softmax"], ["classes", "one_hot"], lambda r: [r.randint(1, CLASSES + 1)], accuracy),
}

MODES = ["mean", "sum", "normalized_sum"]


def aggregate(losses, weights, mode):
    weighted = losses if weights is None else losses * weights
    if mode == "normalized_sum":
        return T.sum(weighted) / T.sum(weights)
    return T.mean(weighted) if mode == "mean" else T.sum(weighted)


def case(name, number, seed):
    nonlinearities, kinds, settings, losses = OBJECTIVES[name]
    random = np.random.RandomState(seed)
    nonlinearity = nonlinearities[random.randint(len(nonlinearities))]
    items = random.randint(1, 8)
    settings = settings(random)
    # Each kind of targets in turn.
    t = draw_targets(random, kinds[number % len(kinds)], items)
    x = random.normal(0, random.uniform(0.5, 3), (items, CLASSES))
    mode = random.randint(3)
    is_weighted = mode == 2 or random.randint(2) == 1
    of_items = name.startswith(("categorical", "multiclass"))
    weights = random.uniform(0, 2, items if of_items else (items, CLASSES))
    # Some count nothing, but not all.
    weights *= random.uniform(0, 1, weights.shape) < 0.8
    weights.flat[0] = 1.5

    scores = T.matrix()
    targets = T.TensorType(str(t.dtype), (False,) * t.ndim)()
    of_each = losses(NONLINEARITIES[nonlinearity](scores), targets, *settings)
    total = aggregate(of_each, weights if is_weighted else None, MODES[mode])
    found = {"x": x, "targets": t, "settings": np.array(settings, "float64")}
    outputs = [of_each, total]
    if not name.endswith("accuracy"):
        outputs.append(T.grad(total, scores))
    results = theano.function([scores, targets], outputs)(x, t)
    found.update(zip(["losses", "total", "gradient"], results))
    if is_weighted:
        found["weights"] = weights
    assert all(np.all(np.isfinite(values)) for values in found.values()), name
    return {"%s.%d.%s.%s.%s" % (name, number, nonlinearity, MODES[mode], key): values for key, values in found.items()}


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    folder = sys.argv[2] if len(sys.argv) > 2 else os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    arrays = {}
    for place, name in enumerate(OBJECTIVES):
        for number in range(count):
            arrays.update(case(name, number, 1000 * place + number))
    np.savez_compressed(os.path.join(folder, "objectives.npz"), **arrays)
    print("%d cases" % (count * len(OBJECTIVES)))
