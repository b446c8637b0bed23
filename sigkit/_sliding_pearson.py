"""The coefficient of a template with every window of a signal."""

import numpy as np

from sigkit import _array
from sigkit._unit_templates import unit_templates


def sliding_pearson(signal, template, *, axis=-1, fill_value=np.nan, out=None):
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
        If the template is empty, longer than the signal or not 1-D or 2-D, or `out` does not fit.

    See Also
    --------
    find_matches : where the coefficient says that the template is.
    sigkit.correlation.sliding_dot_product : the dot product alone.

    Notes
    -----
    |error| <= 1e-12 in float64 and 1e-6 in float32, against exact arithmetic on the samples given, at any mean offset
    up to 1e6 standard deviations of the window, beside steps and spikes of that size, and at scales from 1e-30 to
    1e30: each block of windows is centred on its own mean, windows over which the sums still cancel are centred again
    on theirs, and sums are made by additions only. A NaN or infinity gives NaN in exactly the windows that hold it. A
    template of one sample is constant.

    Counterparts: `cv2.matchTemplate` with TM_CCOEFF_NORMED on one row, `stumpy.mass` (as a distance), ObsPy's
    `correlate_template`; their sums cancel at offsets of 1e3 to 1e7 standard deviations. Templates of 160 samples in
    float32, of 64 in float64, up to 16,384 take their numerators through spectra of blocks, in time in proportion to n
    times log(m); all others by direct sums, n times m. Source: J. P. Lewis, Fast Normalized Cross-Correlation (1995);
    the sums, by doubling, after van Herk (1992).

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
    x, h = _array.as_array(signal, "signal", real=True), _array.as_array(template, "template", real=True)
    dtype = _array.common_dtype(x, h)
    x = _array.axis_last(x, axis, "signal")
    if h.ndim not in (1, 2):
        raise ValueError(f"template: expected shape (m,) or (k, m), got {h.shape}")
    n, m, bank = x.shape[-1], h.shape[-1], h.ndim == 2
    if not n:
        raise ValueError("signal: expected at least one sample along the axis for the template, got 0")
    if not 1 <= m <= n:
        raise ValueError(f"template: expected between 1 and {n} samples (the signal's length), got {m}")
    fill = _array.real(fill_value, "fill_value", finite=False)
    if np.isfinite(fill) and abs(fill) > float(np.finfo(dtype).max):
        raise ValueError(f"fill_value={fill_value!r}: expected a value that {dtype} holds")
    lines, size = x.shape[:-1], n - m + 1
    place = _array.line_place(axis, len(lines))
    new = (len(h), size) if bank else (size,)
    computed, out = _array.output(out, (*lines[:place], *new, *lines[place:]), dtype, (x, h))
    result = computed
    if place < len(lines):
        result = np.moveaxis(computed, range(place, place + len(new)), range(-len(new), 0))
    units, undefined = unit_templates(h.reshape(-1, 1, m))
    units = units[:, 0]
    narrow = units.astype(np.float32) if dtype == np.float32 else np.empty(0, np.float32)
    rows = result if bank else result[..., None, :]
    _array.sliding_pearson(x, units, narrow, rows, fill)
    for k in undefined.nonzero()[0]:
        np.copyto(rows[..., k, :], fill, where=~np.isnan(rows[..., k, :]))
    for k in np.isnan(units[:, 0]).nonzero()[0]:  # not finite: also beside the fill value of a constant window
        rows[..., k, :] = np.nan
    return _array.deliver(computed, out)
