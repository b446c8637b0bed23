"""The distance of a template to every window of a signal, both z-normalised."""

import numpy as np

from sigkit import _array, _sliding_pearson

_UNDEFINED = 2.0  # marks windows and templates without variance: no coefficient


def znorm_distance(signal, template, *, axis=-1, out=None):
    """Euclidean distance of a template to the signal at every place where it fits, both z-normalised.

    Windows of m samples and the template are shifted to zero mean and scaled to unit standard deviation; of such the
    distance is ``sqrt(2 m (1 - r))``, r being their Pearson coefficient: 0 for a scaled copy on any offset,
    ``sqrt(2 m)`` for an unrelated shape, ``2 sqrt(m)`` for a mirrored one.

    Parameters
    ----------
    signal : array_like of real numbers, shape (..., n)
        Samples along `axis`.
    template : array_like of real numbers, shape (m,) or (k, m)
        One template or a bank of k, with ``1 <= m <= n``.
    axis : int, default -1
        The signal's axis to slide along.
    out : ndarray, shape (..., n - m + 1) or (..., k, n - m + 1), optional
        Where to put the result; of exactly the result's dtype. May overlap the inputs.

    Returns
    -------
    ndarray, shape (..., n - m + 1), or (..., k, n - m + 1) for a bank
        Distances in [0, 2 sqrt(m)], in place of `axis`. float32 for float16 and float32 input, else float64.

    Raises
    ------
    TypeError, ValueError
        As `sliding_pearson`.

    See Also
    --------
    sliding_pearson : the coefficient itself, which float32 computes faster.

    Notes
    -----
    Constant samples have no standard deviation; their z-normalised values count as 0. So a constant window is at
    ``sqrt(m)`` from any template, and at 0 from a constant one: `stumpy`'s convention. A NaN or infinity gives NaN in
    exactly the windows that hold it, and everywhere in the row of a template that holds one.

    The coefficient is computed in float64, for float32 too, and is within 1e-12 wherever `sliding_pearson`'s is: d is
    within ``sqrt(2e-12 m)`` everywhere (1.4e-5 for 100 samples), and within ``1e-12 m / d`` away from 0, plus one
    rounding. An exact match may thus be read as up to ``sqrt(2e-12 m)`` instead of 0: compare with that, not with 0.

    Counterpart: `stumpy.core.mass`, whose distance of an exact match is 1e-3 beside an offset of 1e4 standard
    deviations, 0.1 at 1e6 and 20 at 1e8. Differences: windows that hold NaN or infinity are NaN (there inf), float32
    stays float32, banks and any axes. Source: Yeh et al., Matrix Profile I (2016), equation 1.

    Examples
    --------
    >>> import numpy as np
    >>> import sigkit
    >>> beat = np.array([0.0, 1.0, 4.0, -2.0, 0.0])
    >>> signal = np.concatenate([np.zeros(6), 1e6 + 5 * beat, 1e6 - beat])
    >>> d = sigkit.znorm_distance(signal, beat)
    >>> d.round(3)[[0, 6, 11]].tolist()  # constant, the beat, mirrored
    [2.236, 0.0, 4.472]
    """
    x, h, lines = _sliding_pearson.lines_and_templates(signal, template, axis)
    dtype = _array.common_dtype(x, h)
    computed, out = _array.output(out, lines.shape, dtype, (x, h))
    m, constant = h.shape[-1], _sliding_pearson.is_constant(h)
    if constant.any() and m > 1:
        h = h.astype(_array.common_dtype(h))
        h[constant] = np.arange(m) % 2  # any shape: what is asked is which windows are constant as well
    wide = computed if dtype == np.float64 else np.empty(lines.shape)
    rows = lines.rows(wide)
    _sliding_pearson.coefficients(x, h, _UNDEFINED, rows)
    for k in range(len(h)):
        row = rows[..., k, :]
        undefined = row == _UNDEFINED
        row[~np.isnan(row) if constant[k] else undefined] = 0.5
        np.subtract(1, row, out=row)
        row *= 2 * m
        np.sqrt(row, out=row)
        if constant[k]:
            row[undefined] = 0
    if wide is not computed:
        computed[...] = wide
    return _array.deliver(computed, out)
