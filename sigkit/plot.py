"""Figures of results, drawn with matplotlib (the extra ``plot``) onto axes that the caller may bring.

Every function returns the Axes it drew on. Nothing here chooses a backend, changes `matplotlib.rcParams` or shows a
window; matplotlib is imported by the first call.
"""

import numpy as np

from sigkit import _array, _specshow, filter_design
from sigkit._extras import require

__all__ = ["kernel_show", "matches", "similarity_matrix", "specshow"]

TRACE, MATCH, COEFFICIENT, THRESHOLD = "#22313f", "#3b82c4", "#0f766e", "#b91c1c"
_PARTS = {"real": "real part", "imag": "imaginary part", "abs": "magnitude"}
_MOST_VALUES = 9  # weights along an axis whose values can be read in their squares
_MOST_TICKS = 32  # numbers along an axis that do not run into each other
_LARGEST = 1e300  # beyond it scales and sums overflow


def kernel_show(kernel, *, part="auto", n_frequencies=None, values=None, cmap="RdBu_r", axes=None):
    """Draw the weights of a kernel of one or two axes, and its frequency response beside them.

    Parameters
    ----------
    kernel : array_like, shape (n,) or (m, n)
        Finite weights of a correlation kernel, real or complex, with the middle at ``size // 2`` along each axis.
    part : {"auto", "real", "imag", "abs"}
        What to draw of the response. Default "auto": the real part of even kernels such as a Laplacian, the imaginary
        part of odd ones such as a first derivative, where the other part is nothing but rounding; else the magnitude.
    n_frequencies : int, optional
        Number of frequencies along each axis, at least 2. Default: 513, of two axes 129.
    values : bool, optional
        Whether to write the weights of two axes into their squares, rounded to three digits. Default: where no axis has
        more than 9.
    cmap : str or matplotlib.colors.Colormap, default "RdBu_r"
        Colours of two axes for what has two signs, 0 in their middle. Default: white at 0. Magnitudes are in "magma".
    axes : pair of matplotlib.axes.Axes, optional
        What to draw the weights and the response on. By default a new pyplot figure with two side by side.

    Returns
    -------
    weights, response : matplotlib.axes.Axes
        Weights over samples from the middle, of one axis as stems (two colours where they are complex), of two as an
        image (where they are complex of their real part); the response over cycles per sample, of a real kernel of one
        axis from 0 to 1/2, else from -1/2 to 1/2. In both images the first axis points down.

    Raises
    ------
    ImportError
        matplotlib is missing: the message names the extra to install.
    TypeError
        `kernel` is no array of numbers, `axes` are not two Axes, or an argument is of the wrong type.
    ValueError
        `kernel` is empty, not of one or two axes or not finite (or above 1e300), or a word or number is out of range.

    See Also
    --------
    sigkit.filter_design.frequency_response : what is drawn beside the weights.
    sigkit.filter_design.moments, sigkit.filter_design.noise_gain : what a kernel does, in numbers.

    Notes
    -----
    Counterpart: none; `scipy.signal.freqz` with a stem plot for kernels of one axis, whose phase has the delay of a
    kernel that begins at 0.

    Examples
    --------
    >>> import sigkit.plot
    >>> from matplotlib.figure import Figure
    >>> from sigkit import filter_design
    >>> kernel = filter_design.laplace_kernel()
    >>> weights, response = sigkit.plot.kernel_show(kernel, axes=Figure().subplots(1, 2))
    >>> response.images[0].get_array().min().round(6)  # -4 in the middle of each side, -8 in the corners
    np.float64(-8.0)
    >>> response.get_title()
    'frequency response, real part'
    """
    kernel = _array.as_array(kernel, "kernel")
    if kernel.ndim not in (1, 2) or not kernel.size:
        raise ValueError(f"`kernel` must be 1-D or 2-D and hold something, got shape {kernel.shape}")
    kernel = kernel.astype(np.result_type(kernel, np.float64))  # abs of an int8, and the limit in a float16, overflow
    if not all((abs(weights) <= _LARGEST).all() for weights in (kernel.real, kernel.imag)):
        raise ValueError(f"`kernel` must hold finite weights of at most {_LARGEST:g}")
    part = _array.choice(part, "part", ("auto", *_PARTS))
    count = (513, 129)[kernel.ndim - 1] if n_frequencies is None else _array.size(n_frequencies, "n_frequencies", 2)
    written = max(kernel.shape) <= _MOST_VALUES if values is None else _array.flag(values, "values")
    one_sided = kernel.ndim == 1 and kernel.dtype.kind != "c"
    frequencies = np.linspace(0 if one_sided else -0.5, 0.5, count)
    response = filter_design.frequency_response(kernel, frequencies)
    if part == "auto":
        part = _part_of(response)
    response = abs(response) if part == "abs" else getattr(response, part)
    left, right = _two_axes(axes)
    if kernel.ndim == 1:
        _stems(left, kernel)
        _curve(right, frequencies, response)
    else:
        _squares(left, kernel, written, cmap)
        half = 0.5 / (count - 1)  # the images' squares lie about their frequencies
        _image(right, response, (-0.5 - half, 0.5 + half, 0.5 + half, -0.5 - half), cmap, centred=part != "abs")
        right.set(xlabel="frequency across (cycles per sample)", ylabel="frequency down (cycles per sample)")
    right.set_title(f"frequency response, {_PARTS[part]}", fontsize="medium")
    return left, right


def _part_of(response):
    """The part that is not rounding, also of weights in float32; "abs" where both are more."""
    negligible = 1e-6 * abs(response).max()
    if abs(response.imag).max() <= negligible:
        return "real"
    return "imag" if abs(response.real).max() <= negligible else "abs"


def _two_axes(axes):
    if axes is None:
        return require("matplotlib.pyplot", "plot").subplots(1, 2, figsize=(11, 4.5), layout="constrained")[1]
    kind = require("matplotlib.axes", "plot").Axes
    try:
        left, right = axes
    except (TypeError, ValueError):
        raise TypeError(f"axes: expected two matplotlib.axes.Axes, got {_array.shown(axes)}") from None
    for ax in (left, right):
        if not isinstance(ax, kind):
            raise TypeError(f"axes: expected two matplotlib.axes.Axes, got {type(ax).__name__}")
    return left, right


def _stems(axes, kernel):
    """The weights over samples from the middle, imaginary parts in a colour of their own."""
    offsets = np.arange(kernel.size) - kernel.size // 2
    parts = {"real": MATCH, "imag": THRESHOLD} if kernel.dtype.kind == "c" else {"real": MATCH}
    for name, colour in parts.items():
        drawn = axes.stem(offsets, getattr(kernel, name), basefmt=" ", label=_PARTS[name])
        drawn.markerline.set(color=colour, markersize=max(2, min(6, 300 / kernel.size)))
        drawn.stemlines.set(color=colour, linewidth=1.2)
    if len(parts) > 1:
        axes.legend(frameon=False)
    axes.axhline(0, color=TRACE, linewidth=0.8)
    axes.set(xlabel="samples from the middle", ylabel="weight")
    axes.set_title(f"{kernel.size} weights", fontsize="medium")
    _plain(axes)


def _curve(axes, frequencies, response):
    axes.plot(frequencies, response, color=COEFFICIENT, linewidth=1.4)
    axes.axhline(0, color=TRACE, linewidth=0.8)
    axes.set(xlabel="frequency (cycles per sample)", xlim=frequencies[[0, -1]])
    _plain(axes)


def _squares(axes, kernel, written, cmap):
    """The weights over samples from the middle, by colour and, if `written`, in digits."""
    complex_ = kernel.dtype.kind == "c"
    (rows, columns), weights = kernel.shape, kernel.real
    top, left = -(rows // 2) - 0.5, -(columns // 2) - 0.5
    image = _image(axes, weights, (left, left + columns, top + rows, top), cmap, centred=True)
    if written:
        for (row, column), weight in np.ndenumerate(weights):
            red, green, blue, _ = image.cmap(image.norm(weight))
            light = 0.299 * red + 0.587 * green + 0.114 * blue > 0.5  # luma, as television weighs the three
            axes.text(left + 0.5 + column, top + 0.5 + row, f"{weight:.3g}", ha="center", va="center",
                      color=TRACE if light else "white", fontsize="small")
    for axis in (axes.xaxis, axes.yaxis):
        axis.get_major_locator().set_params(integer=True)
    axes.set(xlabel="samples from the middle, across", ylabel="samples from the middle, down")
    axes.set_title(f"{rows} x {columns} weights{', real part' * complex_}", fontsize="medium")


def _image(axes, values, extent, cmap, *, centred):
    """An image with its bar of colours: 0 in their middle, or at their end."""
    most = abs(values).max() or 1.0  # of a kernel of zeros
    colours = {"cmap": cmap, "vmin": -most} if centred else {"cmap": "magma", "vmin": 0}
    image = axes.imshow(values, vmax=most, extent=extent, **colours)
    axes.figure.colorbar(image, ax=axes, pad=0.02)
    return image


def _plain(axes):
    axes.grid(alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)


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
        _plain(ax)
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


def similarity_matrix(matrix, *, metric="pearson", groups=(), cmap=None, axes=None):
    """Draw how alike rows are, those of a group side by side and framed.

    Parameters
    ----------
    matrix : array_like of real, shape (p, q)
        What compares row i with row k, such as `sigkit.corrcoef`, `sigkit.cosine_similarity` or
        `sigkit.mean_absolute_difference` give it. NaN leaves a gap.
    metric : {"pearson", "mad"}
        What that is, in the words of `sigkit.redundant_groups`: coefficients (default), also cosines, whose colours go
        from -1 to 1; or mean absolute differences, from 0 to the largest.
    groups : list of sequences of int, default ()
        Groups of rows of a square matrix, as `sigkit.redundant_groups` gives them. They come first, in their order,
        each in a frame; the other rows follow in theirs.
    cmap : str or matplotlib.colors.Colormap, optional
        Colours. Default: "RdBu_r" of coefficients, white at 0, and "viridis" of differences: alike is dark in both.
    axes : matplotlib.axes.Axes, optional
        What to draw on. By default a new pyplot figure.

    Returns
    -------
    matplotlib.axes.Axes
        With row 0 above, and the numbers of rows as ticks (of more than 32 rows, of some).

    Raises
    ------
    ImportError
        matplotlib is missing: the message names the extra to install.
    TypeError
        `matrix` is complex or no array of numbers, `groups` hold no integers, or `axes` are no Axes.
    ValueError
        `matrix` is not 2-D or empty, or not square beside `groups`; a row of a group is not in it, or in two groups;
        `metric` is unknown.

    See Also
    --------
    sigkit.redundant_groups : finds the groups.

    Notes
    -----
    Counterpart: none; ``matplotlib.axes.Axes.matshow`` without order, frames and limits of the colours.

    Examples
    --------
    >>> import numpy as np, sigkit.plot
    >>> from matplotlib.figure import Figure
    >>> weights = np.random.default_rng(0).standard_normal((8, 64))
    >>> weights[5] = weights[1]
    >>> groups = sigkit.redundant_groups(weights, 0.9)
    >>> axes = sigkit.plot.similarity_matrix(sigkit.corrcoef(weights), groups=groups, axes=Figure().subplots())
    >>> [label.get_text() for label in axes.get_yticklabels()]
    ['1', '5', '0', '2', '3', '4', '6', '7']
    """
    matrix = _array.as_array(matrix, "matrix", real=True)
    if matrix.ndim != 2 or not matrix.size:
        raise ValueError(f"`matrix` must be 2-D and hold something, got shape {matrix.shape}")
    groups = _row_groups(groups, matrix.shape)
    matrix = matrix.astype(np.float64)
    orders = [np.arange(size) for size in matrix.shape]
    if groups:
        members = [row for group in groups for row in group]
        orders = [np.concatenate([members, np.delete(orders[0], members)])] * 2
    if _array.choice(metric, "metric", ("pearson", "mad")) == "pearson":
        colours, title = {"cmap": "RdBu_r", "vmin": -1, "vmax": 1}, "coefficient"
    else:
        finite = matrix[np.isfinite(matrix)]
        colours = {"cmap": "viridis", "vmin": 0, "vmax": finite.max(initial=0) or 1.0}
        title = "mean absolute difference"
    if cmap is not None:
        colours["cmap"] = cmap
    if axes is None:
        axes = require("matplotlib.pyplot", "plot").subplots(figsize=(6.5, 5.5), layout="constrained")[1]
    elif not isinstance(axes, require("matplotlib.axes", "plot").Axes):
        raise TypeError(f"axes: expected a matplotlib.axes.Axes, got {type(axes).__name__}")
    image = axes.imshow(matrix[np.ix_(*orders)], **colours)
    axes.figure.colorbar(image, ax=axes, pad=0.02, label=title)
    for set_ticks, order in zip((axes.set_yticks, axes.set_xticks), orders, strict=True):
        shown = np.arange(0, len(order), -(-len(order) // _MOST_TICKS))
        set_ticks(shown, map(str, order[shown]), fontsize="small")
    first = 0
    for group in groups:
        frame = (first - 0.5, first - 0.5), len(group), len(group)
        axes.add_patch(require("matplotlib.patches", "plot").Rectangle(*frame, fill=False, color=TRACE, linewidth=2))
        first += len(group)
    axes.set(xlabel="row", ylabel="row")
    return axes


def _row_groups(groups, shape):
    """The groups as lists of rows of a square matrix."""
    try:
        groups = [[_array.index(row, "groups", 0, shape[0] - 1) for row in group] for group in groups if len(group)]
    except TypeError:
        raise TypeError(f"groups: expected sequences of integers, got {_array.shown(groups)}") from None
    if groups and shape[0] != shape[1]:
        raise ValueError(f"`matrix` must be square beside groups, got shape {shape}")
    members = [row for group in groups for row in group]
    if len(set(members)) < len(members):
        raise ValueError(f"groups: expected no row twice, got {_array.shown(groups)}")
    return groups
