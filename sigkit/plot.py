"""Figures of results, drawn with matplotlib (the extra ``plot``) onto axes that the caller may bring.

Every function returns the Axes it drew on. Nothing here chooses a backend, changes `matplotlib.rcParams` or shows a
window; matplotlib is imported by the first call.
"""

import numpy as np

from sigkit import _array, _specshow
from sigkit._extras import require

__all__ = ["matches", "specshow"]

TRACE, MATCH, COEFFICIENT, THRESHOLD = "#22313f", "#3b82c4", "#0f766e", "#b91c1c"


def matches(signal, coefficients, found, template_length, *, threshold=None, fs=None, start=0, axes=None):
    """Draw a signal, its coefficient series below, and the matches marked in both.

    Parameters
    ----------
    signal : array_like of real, shape (n,)
        The samples. NaN leaves a gap.
    coefficients : array_like of real, shape (n - template_length + 1,)
        The coefficient of each window, as `sigkit.sliding_pearson` gives it: entry i belongs to the window that starts
        at sample i, and is drawn there.
    found : Matches or (positions, coefficients)
        What `sigkit.find_matches` returned: first samples of the matching windows and their coefficients.
    template_length : int
        Samples in the template, so the width of the shaded windows.
    threshold : float, optional
        Drawn as a dashed line. None draws none.
    fs : float, optional
        Sampling frequency in Hz: the horizontal axis is in seconds. None leaves it in samples.
    start : int, default 0
        Sample number of ``signal[0]``, for an excerpt of a longer recording. `found` counts from ``signal[0]``.
    axes : pair of matplotlib.axes.Axes, optional
        Upper and lower axes to draw on. By default a new pyplot figure with a shared horizontal axis.

    Returns
    -------
    trace, coefficient : matplotlib.axes.Axes
        The upper and the lower axes.

    Raises
    ------
    ImportError
        matplotlib is missing: the message names the extra to install.
    ValueError
        `signal` is not 1-D, the lengths do not belong together, a position is outside, or `fs` is not positive.

    See Also
    --------
    sigkit.sliding_pearson, sigkit.find_matches : what is drawn here.

    Notes
    -----
    Counterpart: none.

    Examples
    --------
    >>> import numpy as np, sigkit, sigkit.plot
    >>> from matplotlib.figure import Figure
    >>> signal = np.random.default_rng(1).standard_normal(400)
    >>> r = sigkit.sliding_pearson(signal, signal[100:150])
    >>> found = sigkit.find_matches(r, 0.7, distance=50)
    >>> trace, coefficient = sigkit.plot.matches(signal, r, found, 50, threshold=0.7, axes=Figure().subplots(2))
    >>> coefficient.get_ylabel()
    'Pearson r'
    """
    signal, coefficients, positions = np.asarray(signal), np.asarray(coefficients), np.asarray(found[0], np.intp)
    if signal.ndim != 1:
        raise ValueError(f"`signal` must be 1-D, got shape {signal.shape}")
    if coefficients.shape != (signal.size - template_length + 1,):
        raise ValueError(f"`coefficients` must have shape ({signal.size - template_length + 1},) for {signal.size} "
                         f"samples and a template of {template_length}, got {coefficients.shape}")
    if positions.size and not 0 <= positions.min() <= positions.max() < coefficients.size:
        raise ValueError(f"`found` must hold positions from 0 to {coefficients.size - 1}, got {positions.min()} to "
                         f"{positions.max()}")
    if fs is not None:
        fs = _array.real(fs, "fs", above=0)
    if axes is None:
        pyplot = require("matplotlib.pyplot", "plot")
        axes = pyplot.subplots(2, sharex=True, figsize=(11, 5), layout="constrained")[1]
    trace, coefficient = axes
    step = 1 if fs is None else 1 / fs
    time = (start + np.arange(signal.size)) * step
    trace.plot(time, signal, color=TRACE, linewidth=0.9)
    spans = np.stack([time[positions], np.full(positions.size, (template_length - 1) * step)], axis=1)
    trace.broken_barh(spans, (0, 1), transform=trace.get_xaxis_transform(), color=MATCH, alpha=0.16, linewidth=0)
    trace.set_ylabel("signal")
    coefficient.plot(time[:coefficients.size], coefficients, color=COEFFICIENT, linewidth=0.9,
                     label="sliding Pearson, at the first sample of each window")
    if threshold is not None:
        coefficient.axhline(threshold, color=THRESHOLD, linewidth=0.9, linestyle="--", label=f"threshold {threshold:g}")
    coefficient.plot(time[positions], np.asarray(found[1]), "v", color=MATCH, markersize=7, label="match")
    coefficient.set(ylim=(-1.1, 1.15), ylabel="Pearson r", xlabel="samples" if fs is None else "time (s)")
    coefficient.legend(loc="lower right", ncols=3, frameon=False)
    for ax in (trace, coefficient):
        ax.set_xlim(time[0], time[-1])
        ax.grid(alpha=0.25)
        ax.spines[["top", "right"]].set_visible(False)
    return trace, coefficient


def specshow(spectrogram, *, fs, hop_length, n_fft=None, y_axis="linear", fmin=0.0, fmax=None, mel_scale="slaney",
             layout="ft", start=0.0, vmin=None, vmax=None, cmap="magma", colorbar=None, axes=None):  # fmt: skip
    """Draw a spectrogram, or features like it, over seconds and Hz.

    Parameters
    ----------
    spectrogram : array_like of real, shape (bins, frames)
        What is drawn, lowest frequency first; decibels, as the ear has it: `sigkit.spectrogram` with ``db=True``,
        `sigkit.power_to_db`, `sigkit.log_mel`. NaN leaves a gap. More than 2048 frames or 1280 bins are drawn by the
        largest value of neighbouring ones, so that hours draw, and nothing short or narrow is lost.
    fs : float
        Sampling frequency of the signal in Hz.
    hop_length : int
        Samples from one frame to the next.
    n_fft : int, optional
        Points of the transform, for linear axes. Default: what gives so many bins, ``2 * (bins - 1)`` for "linear".
    y_axis : {"linear", "centered", "mel", "index"}
        What the rows are: the bins of a one-sided spectrum (default); those of a two-sided one with 0 Hz in the middle
        (``centered=True``); mel bands; or anything else, such as cepstral coefficients, by their number.
    fmin, fmax : float, optional
        Of mel bands: where the lowest begins and the highest ends, in Hz. Default: 0 and ``fs / 2``.
    mel_scale : {"slaney", "htk", "kaldi"}
        The scale on which mel bands are equally far apart. Default "slaney".
    layout : {"ft", "tf"}
        "tf" for an array of shape (frames, bins), as `sigkit.log_mel` returns it.
    start : float, default 0.0
        Second of the middle of the first frame: ``n_fft / 2 / fs`` where frames are not centred.
    vmin, vmax : float, optional
        The values at the two ends of the colours. Default: the least and the largest that is finite.
    cmap : str or matplotlib.colors.Colormap, default "magma"
        The colours. The default's brightness grows evenly with the value.
    colorbar : str, optional
        The title of a bar of colours beside the axes, such as "dB". None draws none.
    axes : matplotlib.axes.Axes, optional
        What to draw on. By default a new pyplot figure.

    Returns
    -------
    matplotlib.axes.Axes
        With seconds on the horizontal and Hz on the vertical axis, also where that is spaced in mels.

    Raises
    ------
    ImportError
        matplotlib is missing: the message names the extra to install.
    TypeError
        `spectrogram` is complex (pass ``abs(D)``), or no array of numbers; `axes` are no Axes.
    ValueError
        `spectrogram` is not 2-D or empty, or a number or word is out of range.

    See Also
    --------
    sigkit.spectrogram, sigkit.log_mel : what is drawn here.

    Notes
    -----
    Counterpart: ``librosa.display.specshow``. Differences: `fs` and `hop_length` have no defaults, the two axes are
    always on, and long spectrograms are drawn by their largest values.

    Examples
    --------
    >>> import numpy as np, sigkit.plot
    >>> from matplotlib.figure import Figure
    >>> decibels = np.random.default_rng(1).normal(-40, 6, (129, 400))
    >>> axes = sigkit.plot.specshow(decibels, fs=8000, hop_length=64, axes=Figure().subplots())
    >>> [float(round(end, 3)) for end in (*axes.get_xlim(), *axes.get_ylim())]
    [-0.004, 3.196, -15.625, 4015.625]
    """
    values = _array.as_array(spectrogram, "spectrogram", real=True)
    if values.ndim != 2 or not values.size:
        raise ValueError(f"`spectrogram` must be 2-D and hold something, got shape {values.shape}")
    if layout not in ("ft", "tf"):
        raise ValueError(f"`layout` must be 'ft' or 'tf', got {layout!r}")
    frames = values.T if layout == "ft" else values
    picture = _specshow.Picture(frames.shape[1])
    picture.add(frames)
    return _specshow.draw(picture, fs=fs, hop_length=hop_length, n_fft=n_fft, y_axis=y_axis, fmin=fmin, fmax=fmax,
                          mel_scale=mel_scale, start=start, vmin=vmin, vmax=vmax, cmap=cmap, colorbar=colorbar,
                          axes=axes)
