"""pytest plugin: SciPy's own tests exercise sigkit.

Before the tests are collected, every function of the suite named in ``SIGKIT_SUITE`` is replaced in SciPy's public
namespace by sigkit's of the same name. SciPy's own, and NumPy's namesake, raise while one of sigkit's runs: handing
the work back is no pass. Outcomes go as JSON to the file named in ``SIGKIT_OUTCOMES``.
"""

import collections
import contextvars
import functools
import importlib
import json
import os
import sys
from typing import NamedTuple


class Suite(NamedTuple):
    package: str  # SciPy's namespace
    tests: tuple[str, ...]  # its test modules
    select: str  # pytest's -k
    functions: dict[str, str]  # sigkit's module -> the names that are swapped


SUITES = {
    "ndimage": Suite(
        "scipy.ndimage", ("scipy.ndimage.tests.test_filters",),
        "correlate or convolve or gauss or laplace or sobel or prewitt or axes or modes or origins or extend or length "
        "or Threading or 701 or 5430",
        {"sigkit.filters": "convolve convolve1d correlate correlate1d gaussian_filter gaussian_filter1d "
                           "gaussian_gradient_magnitude gaussian_laplace laplace prewitt sobel"}),
    "signal": Suite(
        "scipy.signal", ("scipy.signal.tests.test_signaltools", "scipy.signal.tests.test_upfirdn"),
        "convolve or correlate or correlation or conv_method or upfirdn or output_len or _poly or ecimate or lfilter "
        "or LinearFilter",
        {"sigkit.correlation": "choose_conv_method convolve convolve2d correlate correlate2d correlation_lags "
                               "fftconvolve oaconvolve",
         "sigkit.multirate": "decimate lfilter resample_poly upfirdn"}),
    "spectral": Suite(
        "scipy.signal", ("scipy.signal.tests.test_spectral",), "Welch or CSD or Coherence or Periodogram",
        {"sigkit.spectral": "coherence csd periodogram welch"}),
    "stats": Suite("scipy.stats", ("scipy.stats.tests.test_stats",), "pearsonr", {"sigkit.pearson": "pearsonr"}),
}

MAY_DELEGATE = ("decimate", "lfilter")  # what their docstrings say is left to SciPy: IIR filters

calls = collections.Counter()
outcomes = {}
inside = contextvars.ContextVar("inside", default=None)  # the name of sigkit's function that runs


def pytest_configure():
    """Swap; guards go first, so that sigkit can only import guarded functions."""
    suite = SUITES[os.environ["SIGKIT_SUITE"]]
    package = importlib.import_module(suite.package)
    names = [(module, name) for module, listed in suite.functions.items() for name in listed.split()]
    originals = {name: getattr(package, name) for _, name in names}
    for name, theirs in originals.items():
        _replace(theirs, _guarded(f"{suite.package}.{name}", theirs))
        namesake = getattr(sys.modules["numpy"], name, None)
        if namesake:
            _replace(namesake, _guarded(f"numpy.{name}", namesake))
    for module, name in names:
        setattr(package, name, _counted(getattr(importlib.import_module(module), name), originals[name]))


def _replace(function, replacement):
    """Under every name, in every module loaded so far."""
    for module in list(sys.modules.values()):
        for name, value in list(getattr(module, "__dict__", {}).items()):
            if value is function:
                setattr(module, name, replacement)


def _guarded(label, theirs):
    @functools.wraps(theirs)
    def guard(*args, **kwargs):
        assert inside.get() in (None, *MAY_DELEGATE), f"sigkit hands its work to {label}"
        return theirs(*args, **kwargs)
    return _described_as(theirs, guard)


def _counted(ours, theirs):
    @functools.wraps(ours)
    def swapped(*args, **kwargs):
        if inside.get() == ours.__name__ and ours.__name__ in MAY_DELEGATE:
            return theirs(*args, **kwargs)  # it reaches for SciPy's by its public name
        calls[ours.__name__] += 1
        token = inside.set(ours.__name__)
        try:
            return ours(*args, **kwargs)
        finally:
            inside.reset(token)
    return _described_as(theirs, swapped)


def _described_as(theirs, function):
    """SciPy's tests look up by function which array libraries it takes."""
    from scipy._lib._array_api import xp_capabilities_table as table
    if theirs in table:
        table[function] = table[theirs]
    return function


def pytest_runtest_logreport(report):
    test = report.nodeid.partition("::")[2]
    if report.when == "call" or report.outcome != "passed":
        crash = getattr(report.longrepr, "reprcrash", None)
        message = crash.message.strip().splitlines()[0] if crash else str(report.longrepr)
        if outcomes.get(test, ["passed"])[0] != "failed":
            outcomes[test] = [report.outcome, message if report.outcome == "failed" else ""]


def pytest_sessionfinish():
    with open(os.environ["SIGKIT_OUTCOMES"], "w") as file:
        json.dump({"calls": calls, "outcomes": outcomes}, file)
