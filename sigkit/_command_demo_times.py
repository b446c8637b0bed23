"""What ``sigkit demo`` measures: times and errors beside SciPy and NumPy."""

import time
from collections.abc import Callable

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from sigkit import _core, _mel, _workers, correlation, features, filters, pearson, spectral
from sigkit._command_demo_figure import frames_of
from sigkit._extras import require

EXTRA = "demo"
SEED = 20250
LONG = 1_000_000  # samples of the long series
OFFSETS = (0, 1e4, 1e6)  # mean offsets of the error table, in standard deviations


def compare(analysis, rounds):
    """Print the tables: the record, and a long series made of it, without what is not finite (SciPy spreads NaN)."""
    signal, template = analysis.record.signal, analysis.template
    record = signal[np.isfinite(signal)][:max(LONG, 2 * template.size)]
    series = {"the record" if record.size == signal.size else "the record, its first finite samples": record}
    if record.size < LONG:
        noise = 0.01 * record.std() * np.random.default_rng(SEED).standard_normal(LONG)
        series[f"the record repeated, with 1 % noise (seed {SEED})"] = np.resize(record, LONG) + noise
    print(f"\ntimes: medians of {rounds} interleaved rounds, float64, template of {template.size:,} samples; sigkit "
          f"{_core.isa_active()}, {_workers.get_workers()} thread(s), SciPy and NumPy as they come")
    frame, _, n_fft, bands = frames_of(analysis.record.fs, record.size)
    print(f"spectra of frames of {frame:,} samples, each half over the next, {n_fft:,} points; {bands} mel bands")
    print(f"{'':24}{'sigkit':>12}{'SciPy/NumPy':>14}{'ratio':>9}  the fastest of SciPy/NumPy")
    for name, samples in series.items():
        print(f"  {samples.size:,} samples: {name}")
        for line in _time_lines(samples, template, analysis.record.fs, rounds):
            print(f"    {line}", flush=True)
    bits = np.finfo(np.longdouble).nmant + 1
    print(f"\nlargest error of sliding Pearson against a two-pass reference in long double ({bits} bits)")
    print(f"{'mean offset':>24}{'sigkit':>12}{'SciPy/NumPy':>14}")
    for name, samples in series.items():
        count = samples.size - template.size + 1
        starts = _sample_of_windows(count, template.size)
        print(f"  {samples.size:,} samples, {starts.size:,} of {count:,} windows: {name}")
        for line in _error_lines(samples, template, starts):
            print(f"    {line}", flush=True)


def compare_filters(image, rounds):
    """Print the table of image filters: times beside SciPy's, and the errors of both."""
    size = " x ".join(map(str, image.shape))
    print(f"\nimage filters, {size} samples: times as above, and largest errors against long double, in grey levels")
    print(f"{'':40}{'sigkit':>10}{'SciPy':>12}{'ratio':>9}{'error: sigkit':>16}{'SciPy':>10}")
    for job, (own, scipys, exact) in _filter_jobs(image).items():
        ours, theirs = _medians({"sigkit": own, "SciPy": scipys}, rounds).values()
        errors = (np.abs(call() - exact).max() for call in (own, scipys))
        print(f"    {job:<36}{_duration(ours):>10}{_duration(theirs):>12}{theirs / ours:>8.1f}x"
              f"{next(errors):>16.1e}{next(errors):>10.1e}", flush=True)


def _time_lines(samples, template, fs, rounds):
    flipped = template[::-1]
    frame, _, n_fft, bands = frames_of(fs, samples.size)
    hop = -(-frame // 2)
    framing = {"hop_length": hop, "n_fft": n_fft}
    filters = _mel.filters(fs=fs, n_fft=n_fft, n_mels=bands, fmin=0, fmax=fs / 2, mel_scale="slaney", norm="slaney")
    spectrograms = _spectrograms(fs, frame, hop, n_fft)
    ways = _correlators(samples.size * template.size)
    jobs = {
        "sliding dot product": (
            lambda: correlation.sliding_dot_product(samples, template),
            {name: lambda f=f: f(samples, template, "valid") for name, f in ways.items()},
        ),
        "convolve": (
            lambda: correlation.convolve(samples, flipped),
            {name: lambda f=f: f(samples, template, "full") for name, f in ways.items()},
        ),
        "sliding Pearson": (
            lambda: pearson.sliding_pearson(samples, template),
            {f"{name} + uniform_filter1d": lambda f=f: _composed_pearson(samples, template, f)
             for name, f in ways.items()},
        ),
        "spectrogram": (
            lambda: spectral.spectrogram(samples, fs=fs, win_length=frame, **framing),
            {name: lambda f=f: f(samples) for name, f in spectrograms.items()},
        ),
        "log-mel": (
            lambda: features.log_mel(samples, fs=fs, frame_length=frame, n_mels=bands, **framing),
            {f"{name}, product, log": lambda f=f: np.log(np.maximum(filters @ f(samples), 1e-10))
             for name, f in spectrograms.items()},
        ),
    }
    for job, (own, peers) in jobs.items():
        seconds = _medians({"": own, **peers}, rounds)
        ours = seconds.pop("")
        best = min(seconds, key=seconds.get)
        yield f"{job:<20}{_duration(ours):>12}{_duration(seconds[best]):>14}{seconds[best] / ours:>8.1f}x  {best}"


def _correlators(multiplications: int) -> dict[str, Callable]:
    """SciPy's ways to correlate, each (samples, template, mode); the direct one only where it ends within a second."""
    signal = require("scipy.signal", EXTRA)
    ways = {
        "correlate, direct": lambda x, t, mode: signal.correlate(x, t, mode, method="direct"),
        "correlate, fft": lambda x, t, mode: signal.correlate(x, t, mode, method="fft"),
        "oaconvolve": lambda x, t, mode: signal.oaconvolve(x, t[::-1], mode),
    }
    if multiplications > 1 << 29:
        del ways["correlate, direct"]
    return ways


def _spectrograms(fs: float, frame: int, hop: int, n_fft: int) -> dict[str, Callable]:
    """SciPy's ways to a spectrogram, each a function of the samples."""
    signal = require("scipy.signal", EXTRA)
    window = signal.get_window("hann", frame)
    transform = signal.ShortTimeFFT(window, hop, fs, mfft=n_fft)
    return {
        "spectrogram": lambda x: signal.spectrogram(x, fs, window, noverlap=frame - hop, nfft=n_fft, detrend=False)[2],
        "ShortTimeFFT": transform.spectrogram,
    }


def _composed_pearson(samples, template, correlate):
    """Sliding Pearson as it is usually put together: running moments, and one correlation."""
    ndimage, m = require("scipy.ndimage", EXTRA), template.size
    valid = slice(m // 2, m // 2 + samples.size - m + 1)
    mean = ndimage.uniform_filter1d(samples, m)[valid]
    power = ndimage.uniform_filter1d(samples * samples, m)[valid] - mean * mean
    np.maximum(power, 0, out=power)
    centred = template - template.mean()
    norm = np.sqrt(power * (m * (centred @ centred)))
    dot = correlate(samples, centred, "valid")
    return np.divide(dot, norm, out=np.zeros_like(dot), where=norm > 0)


def _medians(calls, rounds):
    """Median seconds of each call; every round times all of them, so that they share what else the machine does."""
    repeats = {name: max(1, round(2e-3 / _seconds(call, 1))) for name, call in calls.items()}
    timed = [[_seconds(call, repeats[name]) for name, call in calls.items()] for _ in range(rounds)]
    return dict(zip(calls, np.median(timed, axis=0), strict=True))


def _seconds(call, repeat):
    begin = time.perf_counter()
    for _ in range(repeat):
        call()
    return (time.perf_counter() - begin) / repeat


def _duration(seconds):
    return f"{seconds * 1e6:.1f} us" if seconds < 1e-3 else f"{seconds * 1e3:.2f} ms"


def _sample_of_windows(count, length):
    """Window starts for the reference: all, or as many as it can do in a moment."""
    most = max(16, (1 << 20) // length)
    if count <= most:
        return np.arange(count)
    return np.sort(np.random.default_rng(SEED).choice(count, most, replace=False))


def _error_lines(samples, template, starts):
    ways = _correlators(samples.size * template.size)
    correlate = ways.get("correlate, direct", ways["oaconvolve"])
    for offset in OFFSETS:
        shift = offset * samples.std()
        shifted, cut = samples + shift, template + shift
        exact = _reference(shifted, cut, starts)
        defined = np.isfinite(exact)
        own, usual = (np.abs(r[starts] - exact).max(where=defined, initial=0) for r in (
            pearson.sliding_pearson(shifted, cut), _composed_pearson(shifted, cut, correlate)))
        yield f"{f'{offset:g} sigma' if offset else '0':>20}{own:>12.1e}{usual:>14.1e}"


def _reference(samples, template, starts):
    """The coefficients in long double, mean first; not finite where they are undefined."""
    windows = sliding_window_view(samples, template.size)[starts].astype(np.longdouble)
    constant = np.ptp(windows, axis=1) == 0
    windows -= windows.mean(axis=1, keepdims=True)
    centred = template.astype(np.longdouble)
    centred -= centred.mean()
    power = (windows * windows).sum(axis=1) * (centred * centred).sum()
    power[constant] = np.nan
    with np.errstate(invalid="ignore", divide="ignore"):  # a template that an offset has rounded to a constant
        return (windows * centred).sum(axis=1) / np.sqrt(power)


def _filter_jobs(image):
    """For each row of the table sigkit's way, SciPy's, and the exact result."""
    ndimage, real = require("scipy.ndimage", EXTRA), image.astype(np.float32)
    x = np.arange(-8, 9, dtype=np.longdouble)
    bell = np.exp(-(x**2) / 8)  # sigma 2, to 4 sigma on each side, as SciPy cuts it
    bell /= bell.sum()
    bend, step, smooth = bell * (x**2 / 16 - 1 / 4), np.array([-1, 0, 1]), np.array([1, 2, 1])
    smoothed = _filtered(image, bell, bell)
    neighbours = sliding_window_view(np.pad(image, 2, "symmetric"), (5, 5)).reshape(*image.shape, 25)
    return {
        "gaussian_filter, sigma 2, float32": (
            lambda: filters.gaussian_filter(real, 2), lambda: ndimage.gaussian_filter(real, 2), smoothed,
        ),
        "gaussian_filter, sigma 2, uint8": (
            lambda: filters.gaussian_filter(image, 2), lambda: ndimage.gaussian_filter(image, 2), smoothed,
        ),
        "gaussian_laplace, sigma 2, float32": (
            lambda: filters.gaussian_laplace(real, 2), lambda: ndimage.gaussian_laplace(real, 2),
            _filtered(image, bend, bell) + _filtered(image, bell, bend),
        ),
        "Sobel's magnitude, float32": (
            lambda: filters.gradient(real, "sobel", parts=["magnitude"]).magnitude,
            lambda: np.hypot(ndimage.sobel(real, 0), ndimage.sobel(real, 1)),
            np.hypot(_filtered(image, step, smooth), _filtered(image, smooth, step)),
        ),
        "median_filter, 5 x 5, uint8": (
            lambda: filters.median_filter(image, 5), lambda: ndimage.median_filter(image, 5),
            np.sort(neighbours)[..., 12].astype(int),  # signed, for differences
        ),
    }  # fmt: skip


def _filtered(image, down, across):
    """The image correlated along both axes in long double, what lies beyond its edges reflected."""
    result = image.astype(np.longdouble)
    for axis, weights in enumerate((down, across)):
        around = [(len(weights) // 2 * (axis == other),) * 2 for other in range(2)]
        result = sliding_window_view(np.pad(result, around, "symmetric"), len(weights), axis) @ weights
    return result
