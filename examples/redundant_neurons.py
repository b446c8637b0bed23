"""Neurons that do the same work: found in a trained network, and kept from arising by a penalty.

    python examples/redundant_neurons.py --output redundant-neurons.png

Needs torch and matplotlib: ``pip install "sigkit-dsp[torch,plot]"``. A small regressor is to say the frequency of a
sine in noise of three times its amplitude, from the autocorrelation of 256 samples: 32 inputs, two hidden layers of 64
and 16 neurons with ReLU, one output. The noise is what limits it: the error is given in standard deviations of the
frequencies, so 1 is what always saying their mean would have.

All weights begin at 0.3 of torch's default. From so small a start the neurons of a layer turn towards a few common
directions before they grow (the "condensation" of T. Luo et al., JMLR 22 (2021) 71), so that several rows of the
16 x 64 weights become copies of one up to their size: nobody has planted them. Larger starts, with which each neuron
stays near where it began, leave fewer.

Each seed gives the records, the first weights and the batches. It trains twice, first plainly, then with
``STRENGTH * sigkit.decorrelation_penalty(weights)`` of the 16 x 64 weights in the loss, and counts the groups that
`sigkit.redundant_groups` finds by both metrics. What remains under "mad" with the penalty are neurons that have died:
rows near zero, which are alike without being correlated.
"""

import argparse
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch

import sigkit
import sigkit.plot

SEEDS = 0, 1, 2
STRENGTH = 0.01  # of the penalty
PEARSON = 0.9  # threshold of the coefficient
MAD = 0.25  # threshold of the mean absolute difference, in standard deviations of the layer's weights
RECORDS, VALIDATION, SAMPLES, LAGS = 6000, 4000, 256, 32
NOISE = 3.0  # standard deviation, in amplitudes of the sine
STEPS, BATCH, RATE = 1000, 200, 5e-3
START = 0.3  # factor of torch's first weights


class Trained(NamedTuple):
    """What one training leaves."""

    weights: np.ndarray  # of the last hidden layer, 16 x 64
    error: float  # root mean square on the validation records
    groups: dict  # by metric


class Correlation(torch.autograd.Function):
    """`sigkit.decorrelation_penalty` as a term of a loss."""

    @staticmethod
    def forward(context, weights):
        value, gradient = sigkit.decorrelation_penalty(weights.detach())
        context.save_for_backward(torch.from_numpy(gradient))
        return weights.new_tensor(value)

    @staticmethod
    def backward(context, outer):
        (gradient,) = context.saved_tensors
        return outer * gradient


def records(count, rng):
    """Autocorrelations of sines in noise, and their frequencies, of mean 0 and variance 1."""
    low, high = 0.02, 0.2  # cycles per sample
    frequency = rng.uniform(low, high, (count, 1))
    sine = np.cos(2 * np.pi * (frequency * np.arange(SAMPLES) + rng.random((count, 1))))
    lags = sigkit.autocorrelate(sine + NOISE * rng.standard_normal(sine.shape), LAGS, normalize=True)
    target = (frequency - (low + high) / 2) / ((high - low) / np.sqrt(12))
    return (torch.from_numpy(part.astype(np.float32)) for part in (lags[:, 1:], target))


def train(seed, strength):
    """Train a network of its own seed; what is left of it."""
    rng = np.random.default_rng(seed)
    inputs, targets = records(RECORDS, rng)
    unseen, expected = records(VALIDATION, rng)
    torch.manual_seed(seed)
    layer = torch.nn.Linear(64, 16)
    network = torch.nn.Sequential(torch.nn.Linear(LAGS, 64), torch.nn.ReLU(), layer, torch.nn.ReLU(),
                                  torch.nn.Linear(16, 1))  # fmt: skip
    with torch.no_grad():
        for parameter in network.parameters():
            parameter *= START
    optimizer = torch.optim.Adam(network.parameters(), lr=RATE)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, STEPS)
    for _ in range(STEPS):
        batch = torch.randint(RECORDS, (BATCH,))
        loss = torch.nn.functional.mse_loss(network(inputs[batch]), targets[batch])
        if strength:
            loss = loss + strength * Correlation.apply(layer.weight)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    with torch.no_grad():
        error = torch.nn.functional.mse_loss(network(unseen), expected).sqrt().item()
    weights = layer.weight.detach().numpy()
    return Trained(weights, error, groups_of(weights))


def groups_of(weights):
    return {"pearson": sigkit.redundant_groups(weights, PEARSON),
            "mad": sigkit.redundant_groups(weights, MAD * weights.std(), "mad")}  # fmt: skip


def measure(seeds):
    """Pairs of `Trained`, plainly and with the penalty, one for each seed."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # so small a network is not faster on more
    try:
        return [(train(seed, 0), train(seed, STRENGTH)) for seed in seeds]
    finally:
        torch.set_num_threads(threads)


def totals(found):
    """(groups by Pearson, groups by mean absolute difference, mean error) without and with the penalty."""
    for runs in zip(*found, strict=True):
        yield *(sum(len(run.groups[metric]) for run in runs) for metric in ("pearson", "mad")), float(
            np.mean([run.error for run in runs])
        )


def table(found, seeds):
    """The lines that are printed."""
    yield "redundant groups among 16 neurons, and validation error"
    yield f"{'':16}{'without penalty':^30}{f'with {STRENGTH} of it':^30}"
    yield f"{'':16}" + f"{'pearson':>9}{'mad':>8}{'error':>9}    " * 2
    for seed, pair in zip(seeds, found, strict=True):
        yield f"{f'seed {seed}':16}" + "".join(
            f"{len(run.groups['pearson']):9}{len(run.groups['mad']):8}{run.error:9.4f}    " for run in pair
        )
    plain, penalized = totals(found)
    yield f"{'total, mean':16}" + "".join(f"{p:9}{m:8}{e:9.4f}    " for p, m, e in (plain, penalized))
    yield f"validation error with the penalty: {penalized[2] / plain[2] - 1:+.1%}"


def draw(pair, path):
    """The four matrices of one seed."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 9.5), layout="constrained")
    for row, run, title in zip(figure.subplots(2, 2), pair, ("without penalty", "with penalty"), strict=True):
        matrices = sigkit.corrcoef(run.weights), sigkit.mean_absolute_difference(run.weights)
        for axes, matrix, metric in zip(row, matrices, ("pearson", "mad"), strict=True):
            sigkit.plot.similarity_matrix(matrix, metric=metric, groups=run.groups[metric], axes=axes)
            count = len(run.groups[metric])
            axes.set_title(f"{title}: {count} group{'s' * (count != 1)} by {metric}", fontsize="medium")
            axes.set(xlabel="neuron", ylabel="neuron")
    figure.savefig(path, dpi=130)


def main(arguments=None):
    parser = argparse.ArgumentParser(description="redundant neurons of a trained layer, without and with a penalty")
    parser.add_argument("--output", type=Path, default=Path("redundant-neurons.png"), help="the figure (%(default)s)")
    parser.add_argument("--seeds", type=int, nargs="+", default=SEEDS, help="one training each (0 1 2)")
    options = parser.parse_args(arguments)
    if min(options.seeds) < 0:
        parser.error(f"--seeds must be at least 0, got {min(options.seeds)}")
    found = measure(options.seeds)
    print("\n".join(table(found, options.seeds)))
    draw(found[0], options.output)
    print(f"figure: {options.output}")
    return found


if __name__ == "__main__":
    main()
