"""Decibels of power and of amplitude."""

import numpy as np

from sigkit import _array


def power_to_db(S, *, ref=1.0, amin=1e-10, top_db=80.0):
    """Decibels of a power: ``10 * log10(max(S, amin)) - 10 * log10(max(ref, amin))``.

    Parameters
    ----------
    S : array_like
        Power, of any shape.
    ref : float or function, default 1.0
        The power of 0 dB, or a function of `S` that returns it, such as `numpy.max`; its sign does not count.
    amin : float, default 1e-10
        The least power told apart; above 0. Default as librosa's: -100 dB of full scale.
    top_db : float or None, default 80.0
        What lies more than so many decibels below the largest finite result is raised to that. None: nothing is.

    Returns
    -------
    ndarray or scalar, of the shape of S
        float32 for float16 and float32, else float64; a scalar for a scalar.

    Raises
    ------
    TypeError
        For masked arrays, matrices, complex values (pass ``np.abs(D) ** 2``), other dtypes than bool, integers and
        float16/32/64, and a `ref`, `amin` or `top_db` that is no real number.
    ValueError
        If `amin` is not above 0, `top_db` below 0, or `ref` not finite.

    See Also
    --------
    amplitude_to_db : of magnitudes.
    spectrogram : with ``db=True`` in one pass from the samples.

    Notes
    -----
    Counterpart: `librosa.power_to_db`. Differences: a NaN stays where it is, and an infinite power does not raise all
    others to infinity (the largest finite decibels count for `top_db`); complex values are refused; an empty array is
    returned as one. Error: 3 eps of the largest of the two logarithms' magnitudes.

    Examples
    --------
    >>> import numpy as np
    >>> import sigkit
    >>> sigkit.power_to_db(np.array([1.0, 0.1, 0.0]))
    array([  0., -10., -80.])
    >>> sigkit.power_to_db(np.array([4.0, 0.4]), ref=np.max, top_db=None)
    array([  0., -10.])
    """
    power = _array.as_array(S, "S")
    if power.dtype.kind == "c":
        raise TypeError(f"S: expected real powers, got dtype {power.dtype}; pass np.abs(S) ** 2")
    return _decibels(power, ref, amin, top_db, 10)


def amplitude_to_db(S, *, ref=1.0, amin=1e-5, top_db=80.0):
    """Decibels of an amplitude: ``20 * log10(max(abs(S), amin)) - 20 * log10(max(ref, amin))``.

    Parameters
    ----------
    S : array_like
        Amplitude, of any shape: real, of any sign, or complex.
    ref : float or function, default 1.0
        The amplitude of 0 dB, or a function of ``abs(S)`` that returns it, such as `numpy.max`.
    amin : float, default 1e-5
        The least amplitude told apart; above 0. Default as librosa's: -100 dB of full scale.
    top_db : float or None, default 80.0
        As in `power_to_db`.

    Returns
    -------
    ndarray or scalar, of the shape of S
        float32 for float16, float32 and complex64, else float64; a scalar for a scalar.

    Raises
    ------
    TypeError
        For masked arrays, matrices, dtypes other than bool, integers, float16/32/64 and complex64/128, and a `ref`,
        `amin` or `top_db` that is no real number.
    ValueError
        If `amin` is not above 0, `top_db` below 0, or `ref` not finite.

    See Also
    --------
    power_to_db : of powers.

    Notes
    -----
    Counterpart: `librosa.amplitude_to_db`. Differences as in `power_to_db`; complex values give no warning, and an
    amplitude whose square would overflow or vanish keeps its decibels. Error: 3 eps of the largest of the two
    logarithms' magnitudes.

    Examples
    --------
    >>> import numpy as np
    >>> import sigkit
    >>> sigkit.amplitude_to_db(np.array([1.0, -0.1, 0.0]))
    array([  0., -20., -80.])
    """
    amplitude = _array.as_array(S, "S")
    dtype = _real_dtype(amplitude)
    magnitude = np.abs(amplitude if amplitude.dtype.kind == "c" else amplitude.astype(dtype))
    return _decibels(magnitude, ref, amin, top_db, 20)


def _real_dtype(x):
    dtype = _array.common_dtype(x)
    return _array.REAL_OF[dtype]


def _decibels(values, ref, amin, top_db, factor):
    least = _array.real(amin, "amin", above=0)
    top = np.inf if top_db is None else _array.real(top_db, "top_db", least=0, finite=False)
    if callable(ref):
        found = _array.as_array(ref(values), "ref", real=True) if values.size else 1.0
        reference = np.abs(np.asarray(found, np.float64))
    else:
        reference = abs(_array.real(ref, "ref"))
    dtype = _real_dtype(values)
    result = np.array(values, dtype, order="C", ndmin=values.ndim)
    np.maximum(result, dtype.type(least), out=result)
    np.log10(result, out=result)
    result *= factor
    result -= np.asarray(factor * np.log10(np.maximum(least, reference))).astype(dtype)
    if top < np.inf and result.size:
        finite = result[np.isfinite(result)]
        if finite.size:
            np.maximum(result, finite.max() - dtype.type(min(top, float(np.finfo(dtype).max))), out=result)
    return result if result.ndim else result[()]
