"""The coefficient of a template with every window of a signal."""

import numpy as np

from sigkit import _array
from sigkit._unit_templates import unit_templates


def sliding_pearson(signal, template, *, axis=-1, fill_value=np.nan, weights=None, out=None):
    """Pearson coefficient of a template with the signal at every place where it fits.

    ``out[i]`` is the coefficient of ``signal[i : i + m]`` with the template: 1 for any scaled copy on any offset, -1
    for a mirrored one. Also known as normalised cross-correlation and, in images, as TM_CCOEFF_NORMED.

    Parameters
    ----------
    signal : array_like of real numbers, shape (..., n)
        Samples along `axis`.
    template : array_like of real numbers, shape (m,) or (k, m)
        One template or a bank of k, with ``1 <= m <= n``.
    axis : int, default -1
        The signal's axis to slide along.
    fill_value : float, default nan
        The value where the coefficient is not defined: all samples of the window, or of the template, are equal.
        Default NaN: a number would pass for a measurement.
    weights : array_like of float, shape (m,), optional
        How much each sample of a window counts; not negative, not all 0. By default all count the same.
    out : ndarray, shape (..., n - m + 1) or (..., k, n - m + 1), optional
        Where to put the result; of exactly the result's dtype. May overlap the inputs.

    Returns
    -------
    ndarray, shape (..., n - m + 1), or (..., k, n - m + 1) for a bank
        Coefficients in [-1, 1], in place of `axis`. float32 for float16 and float32 input, else float64.

    Raises
    ------
    TypeError
        For complex and unsupported dtypes, masked arrays and matrices.
    ValueError
        If the template is empty, longer than the signal or not 1-D or 2-D, `weights` has another length, a negative or
        infinite number or zeros only, or `out` does not fit.

    See Also
    --------
    find_matches : where the coefficient says that the template is.
    matched_filter : the sum over the channels of a network.
    znorm_distance : the same as a distance.
    sigkit.correlation.sliding_dot_product : the dot product alone.

    Notes
    -----
    |error| <= 1e-12 in float64 and 1e-6 in float32, against exact arithmetic on the samples given, at any mean offset
    up to 1e6 standard deviations of the window, beside steps and spikes of that size, and at scales from 1e-30 to
    1e30: all sums are of differences of samples of the window. Signals take the time of white noise, up to 3 times
    it beside steps, spikes and constant stretches; windows of 512 samples or more that differ by many decades from
    others near by take up to 6 times as long. A NaN or infinity gives NaN in exactly the
    windows that hold it. A template of one sample is constant. Integers of more than 53 bits are rounded to float64.

    With weights w, means, variances and covariance are weighted: ``cov(x, t) = sum(w (x - mean(x)) (t - mean(t)))``
    with ``mean(x) = sum(w x) / sum(w)``, and the same bound holds. Samples of weight 0 do not count, but a NaN or
    infinity among them does. A window is constant where all samples of any weight are equal. Six times the direct sums,
    whatever m and the samples.

    Counterparts: `cv2.matchTemplate` with TM_CCOEFF_NORMED on one row, `stumpy.mass` (as a distance), ObsPy's
    `correlate_template`; their sums cancel at offsets of 1e3 to 1e7 standard deviations. Templates of 64 to 16,384
    samples take their numerators through spectra of blocks, in time in proportion to n times log(m), where the samples
    allow; all others are direct sums, n times m. Source: J. P. Lewis, Fast Normalized Cross-Correlation (1995); the
    squares, by doubling, after Chan, Golub and LeVeque (1983).

    Examples
    --------
    >>> import numpy as np
    >>> import sigkit
    >>> beat = np.array([0.0, 1.0, 4.0, -2.0, 0.0])
    >>> signal = np.concatenate([np.zeros(3), 1e6 + 5 * beat, 1e6 + np.arange(4.0)])
    >>> r = sigkit.sliding_pearson(signal, beat)
    >>> int(r.argmax()), bool(abs(r.max() - 1) < 1e-12)
    (3, True)
    """
    x, h, lines = lines_and_templates(signal, template, axis)
    if weights is not None:
        weights = _checked_weights(weights, h.shape[-1])
    dtype = _array.common_dtype(x, h)
    fill = _array.fill_value(fill_value, dtype)
    computed, out = _array.output(out, lines.shape, dtype, (x, h))
    coefficients(x, h, fill, lines.rows(computed), weights)
    return _array.deliver(computed, out)


class Lines:
    """Where the coefficients of lines with templates go in a result."""

    def __init__(self, axis, batch, new):
        self._place, self._new, self._batch = _array.line_place(axis, len(batch)), new, batch
        self.shape = (*batch[: self._place], *new, *batch[self._place :])

    def rows(self, result):
        """A view (..., k, windows) of it, k being 1 for one template."""
        place, new = self._place, len(self._new)
        if place < len(self._batch):
            result = np.moveaxis(result, range(place, place + new), range(-new, 0))
        return result if new == 2 else result[..., None, :]


def lines_and_templates(signal, template, axis):
    """The signal with its axis last, the templates as rows (k, m), and a `Lines`."""
    x, h = _array.as_array(signal, "signal", real=True), _array.as_array(template, "template", real=True)
    x = _array.axis_last(x, axis, "signal")
    if h.ndim not in (1, 2):
        raise ValueError(f"template: expected shape (m,) or (k, m), got {h.shape}")
    n, m = x.shape[-1], h.shape[-1]
    if not n:
        raise ValueError("signal: expected at least one sample along the axis for the template, got 0")
    if not 1 <= m <= n:
        raise ValueError(f"template: expected between 1 and {n} samples (the signal's length), got {m}")
    return x, h.reshape(-1, m), Lines(axis, x.shape[:-1], (*h.shape[:-1], n - m + 1))


def _checked_weights(values, m):
    """Contiguous, in float64, the largest being 1."""
    weights = _array.as_array(values, "weights", real=True).astype(np.float64)
    if weights.shape != (m,):
        raise ValueError(f"weights: expected shape {(m,)} as the template's, got {weights.shape}")
    most = weights.max()
    wrong = ~(np.isfinite(weights) & (weights >= 0))
    if wrong.any() or not most > 0:
        got = f"{weights[wrong][0]} at {wrong.argmax()}" if wrong.any() else "zeros only"
        raise ValueError(f"weights: expected finite numbers of at least 0, not all 0, got {got}")
    return weights / most


def coefficients(x, h, fill, rows, weights=None):
    """rows[..., k, i]: the coefficient of x[..., i : i + m] with h[k], or `fill`; computed in the dtype of rows."""
    units, undefined = unit_templates(h[:, np.newaxis], weights)
    units = units[:, 0]
    _array.sliding_pearson(x, units, rows, fill, weights)
    for k in undefined.nonzero()[0]:
        np.copyto(rows[..., k, :], fill, where=~np.isnan(rows[..., k, :]))
    for k in (~np.isfinite(h).all(axis=-1)).nonzero()[0]:  # also beside the fill value of a constant window
        rows[..., k, :] = np.nan


def is_constant(h):
    """Which rows of h hold one finite value throughout."""
    return (h == h[:, :1]).all(axis=-1) & np.isfinite(h[:, 0])
