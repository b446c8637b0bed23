"""What a benchmark row is, how its contenders are checked, and how they are timed.

A row is one line of the official table: a job, sigkit's public function doing it, and every peer doing the same.
Rows are defined in ``test_bench_<module>.py`` with the decorator `row`; this module and those import no peer, so
``rows.names()`` is cheap (put this folder on ``sys.path``). A row's function is called only to measure it.
"""

import gc
import importlib
import math
import os
import random
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np

SEED = 20250
ROUNDS = 15
SLICE = 0.02  # seconds one timing lasts at least: far above the clock's resolution and a scheduler tick


class MissingPeer(Exception):
    """A contender needs a package that is not installed."""


class Target(NamedTuple):
    """The ratio peer / sigkit that a row must reach, and the one it aims at."""

    floor: float
    goal: float


class Contest(NamedTuple):
    """The contenders of a row, ready to run."""

    calls: dict[str, Callable]  # label -> the timed call; "sigkit" is the first
    bound: float  # largest difference from sigkit's result that rounding can explain
    views: dict[str, Callable] = {}  # label -> untimed: the part of a peer's result that sigkit's must equal


class Row(NamedTuple):
    name: str
    work: str
    peers: dict[str, Target | None]  # label -> what is judged, None: shown only
    make: Callable[[np.random.Generator], Contest]


ROWS: dict[str, Row] = {}


def row(name, work, peers):
    """Register the decorated function, Generator -> Contest, as the row `name`."""
    def register(make):
        assert name not in ROWS, f"two rows are named {name}"
        ROWS[name] = Row(name, work, peers, make)
        return make
    return register


def load():
    """Every row, in the order of the table: the files by name, in each file from top to bottom."""
    for path in sorted(Path(__file__).parent.glob("test_bench_*.py")):
        importlib.import_module(path.stem)
    return ROWS


def names():
    """The names of all rows."""
    return tuple(load())


def contenders(module):
    """(row name, label) for each contender of the rows defined in `module`."""
    return [(name, label) for name, row in ROWS.items() if row.make.__module__ == module
            for label in ("sigkit", *row.peers)]


class _Missing:
    def __init__(self, module):
        self.module = module

    def __getattr__(self, _):
        raise MissingPeer(f"{self.module} is not installed")


def peer(module):
    """The module, or a stand-in that raises `MissingPeer` when a call first uses it."""
    try:
        return importlib.import_module(module)
    except ImportError:
        return _Missing(module)


def cpus():
    """The CPUs this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


def scipy_threads():
    """A context with scipy.fft on all usable CPUs: SciPy's FFT functions run one thread unless told."""
    return importlib.import_module("scipy.fft").set_workers(cpus())


def prepare(row):
    """Build the row's contenders and check each result against sigkit's.

    Returns the calls that can run, and for every other label why it cannot.
    """
    contest = row.make(np.random.default_rng([SEED, zlib.crc32(row.name.encode())]))
    calls, missing, expected = {}, {}, None
    for label in ("sigkit", *row.peers):
        call = contest.calls[label]
        try:
            result = np.asarray(contest.views.get(label, lambda result: result)(call()))
        except MissingPeer as error:
            missing[label] = str(error)
            continue
        if expected is None:
            expected = result
        _check(f"{row.name}: {label}", result, expected, contest.bound)
        calls[label] = call
    return calls, missing


def _check(what, result, expected, bound):
    if result.shape != expected.shape:
        raise AssertionError(f"{what} has shape {result.shape}, sigkit {expected.shape}")
    difference = np.abs(result - expected).max()
    if not difference <= bound:
        raise AssertionError(f"{what} differs from sigkit by {difference:.3g}, rounding explains {bound:.3g}")


def measure(row, rounds=ROUNDS):
    """Time the row's contenders interleaved: each round times all of them, one after another.

    Returns seconds per call, label -> one value a round, and what `prepare` found missing. Ratios of values of one
    round compare contenders that ran under the same load; each round has an order of its own, so that none always
    follows the same other.
    """
    calls, missing = prepare(row)
    repeats = {label: max(1, math.ceil(SLICE / _time(call, 1))) for label, call in calls.items()} if rounds > 1 else {}
    seconds = {label: [] for label in calls}
    shuffler = random.Random(SEED)
    gc.collect()
    gc.disable()
    try:
        for _ in range(rounds):
            for label in shuffler.sample(list(calls), len(calls)):
                repeat = repeats.get(label, 1)
                if repeat > 1:  # a short call must not pay for the caches and spinning threads of the one before
                    calls[label]()
                seconds[label].append(_time(calls[label], repeat))
    finally:
        gc.enable()
    return seconds, missing


def _time(call, repeat):
    start = time.perf_counter()
    for _ in range(repeat):
        call()
    return (time.perf_counter() - start) / repeat


class Verdict(NamedTuple):
    """How sigkit stands against one peer in one run: medians over the rounds."""

    sigkit: float
    peer: float
    ratio: float
    low: float  # quartiles of the ratio
    high: float

    def holds(self, threshold):
        """A threshold holds unless the median ratio is below it by more than half the interquartile range."""
        return self.ratio + (self.high - self.low) / 2 >= threshold


def judge(seconds, label):
    """The `Verdict` against the peer `label` of one run's `seconds`."""
    low, ratio, high = np.quantile(np.divide(seconds[label], seconds["sigkit"]), [0.25, 0.5, 0.75])
    return Verdict(float(np.median(seconds["sigkit"])), float(np.median(seconds[label])), float(ratio), float(low),
                   float(high))
