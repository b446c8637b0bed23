"""sigkit: sliding dot products, correlation, convolution and Pearson coefficients, fast and sound.

The functions of `correlation` and `pearson` stand here too (`sigkit.correlate`).
"""

import importlib
import os
import sys

__version__ = "0.1.0"

_EXPORTS = {
    "sigkit.correlation": (
        "autocorrelate", "choose_conv_method", "convolve", "convolve2d", "correlate", "correlate2d", "correlate_bank",
        "correlation_lags", "crosscorrelate", "fftconvolve", "oaconvolve", "sliding_dot_product",
    ),
    "sigkit.features": (
        "FeatureStream", "cmvn", "delta", "log_mel", "mel_filters", "melspectrogram", "mfcc", "pcen", "stack_deltas",
    ),
    "sigkit.multirate": ("FirFilter", "Resampler", "decimate", "lfilter", "resample_poly", "upfirdn"),
    "sigkit.pearson": (
        "DecorrelationPenalty", "LagMaximum", "Matches", "corrcoef", "cosine_similarity", "cov",
        "decorrelation_penalty", "find_matches", "match_template", "matched_filter", "max_coefficient",
        "mean_absolute_difference", "pearsonr", "redundant_groups", "rolling_mean", "rolling_pearson", "rolling_std",
        "sliding_pearson", "znorm_distance",
    ),
    "sigkit.spectral": (
        "SpectrogramStream", "amplitude_to_db", "coherence", "csd", "fft2_centered", "ifft2_centered", "istft",
        "periodogram", "power_to_db", "spectrogram", "stft", "welch",
    ),
    "sigkit._workers": ("get_workers", "set_workers"),
    "sigkit._config": ("show_config",),
}  # fmt: skip
_MODULES = (
    "cli", "correlation", "demo", "features", "filter_design", "layers", "multirate", "network_input", "pearson",
    "plot", "recordings", "spectral",
)  # fmt: skip
_HOME = {name: module for module, names in _EXPORTS.items() for name in names}

__all__ = [*_HOME, *_MODULES, "__version__"]


def __getattr__(name):
    if name in _HOME:
        value = getattr(importlib.import_module(_HOME[name]), name)
        globals()[name] = value
        return value
    if name in _MODULES:
        return importlib.import_module(f"sigkit.{name}")
    raise AttributeError(f"module 'sigkit' has no attribute {name!r}")


def __dir__():
    return sorted(__all__)


# libgomp reads this once, when it is loaded. By default a thread that waits for its team spins for some 8 ms; on a busy
# machine, where both share a CPU, each wait then takes so long; on an idle one the spin saves a tenth of a millisecond.
_SPIN = "GOMP_SPINCOUNT"
_ours = _SPIN not in os.environ and "OMP_WAIT_POLICY" not in os.environ
if _ours:
    os.environ[_SPIN] = "0"
try:
    from sigkit import _core  # noqa: F401  (a CPU that is too old, or an unknown SIGKIT_ISA, is told of here)
except (ImportError, ValueError) as error:
    reason = error
    if "partially initialized" in str(error):
        reason = ImportError(
            f"{__path__[0]} holds sigkit's sources without the compiled part: leave that folder, or install from it "
            "with `pip install -e .`"
        )
    cli = importlib.import_module("sigkit.cli")
    if cli.is_program():
        sys.exit(cli.fail(reason, sys.argv[1:]))
    raise reason from (None if reason is error else error)
finally:
    if _ours:
        del os.environ[_SPIN]
