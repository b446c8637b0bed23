r"""Filters that change the sampling rate, and FIR filters with state, as polyphase sums.

How the functions are related
-----------------------------
All are the same sum: put ``up - 1`` zeros between the samples, convolve with the taps, keep every ``down``-th result.
Neither the zeros nor the results that are thrown away are ever computed:

>>> import numpy as np
>>> import sigkit
>>> x = np.array([1.0, 2.0, 3.0, 4.0])
>>> h = np.array([0.5, 1.0, 0.5])
>>> stuffed = np.zeros(8)
>>> stuffed[::2] = x
>>> sigkit.upfirdn(h, x, up=2, down=3)
array([0.5, 2. , 3.5])
>>> np.convolve(h, stuffed)[:-1][::3]
array([0.5, 2. , 3.5])

`resample_poly` centres the sum on a designed low-pass filter, `decimate` is its case of ``up = 1``, `lfilter` that of
``up = down = 1``. `FirFilter` and `Resampler` take a stream in blocks of any size and give the same bits as one call.

Samples outside the signal
--------------------------
``mode`` of `upfirdn` and ``padtype`` of `resample_poly`, each drawn for the samples ``a b c d``:

============= =====================================
constant      ``k k k | a b c d | k k k`` (``cval``)
wrap          ``b c d | a b c d | a b c``
edge          ``a a a | a b c d | d d d``
symmetric     ``c b a | a b c d | d c b``
reflect       ``d c b | a b c d | c b a``
antisymmetric ``-c -b -a | a b c d | -d -c -b``
antireflect   ``2a-d 2a-c 2a-b | a b c d | 2d-c 2d-b 2d-a``
smooth        ``a-2(b-a) a-(b-a) | a b c d | d+(d-c) d+2(d-c)``
line          the same with the slope ``(d - a) / 3``
============= =====================================

A signal of one sample has no slope: "smooth", "line", "reflect" and "antireflect" then repeat it. (SciPy 1.17 reads
beyond the array or divides by zero there.)

Common to all functions here
----------------------------
Results keep the signal's precision: float32 stays float32 and complex64 stays complex64, also with taps designed in
float64, which are rounded to it; complex taps make the result complex. Integers and bool compute in float64, float16 in
float32. Any axis, with all others as a batch; no transposed copy is made. A sample that is NaN or infinite reaches
exactly the outputs whose window holds it; zeros put between samples, and with ``constant`` zero outside them, are not
multiplied at all.

Error bound, `eps` being the machine epsilon of the result: ``(min(m, 256) + m / 256 + 2) * eps * sum(|h| |x|)``, m
being the products of an output. Each sum runs over its taps in their order, restarted every 256, so that it does not
depend on where the output lies in the array, nor on the number of threads or the layout of the memory.
"""

import numpy as np

from sigkit import _array, _designs, _polyphase
from sigkit._fir_streams import FirFilter, Resampler

__all__ = ["FirFilter", "Resampler", "decimate", "lfilter", "resample_poly", "upfirdn"]


def upfirdn(h, x, up=1, down=1, axis=-1, mode="constant", cval=0):
    """Upsample by zeros, filter with FIR taps, and downsample, in one sum.

    Parameters
    ----------
    h : array_like, shape (m,)
        Taps, real or complex, at `up` times the rate of `x`.
    x : array_like, shape (..., n)
        Real or complex samples along `axis`.
    up, down : int, default 1
        Rates, below 2**31. They need not be coprime.
    axis : int, default -1
        Along which to filter; all others are a batch. Default -1, as SciPy's.
    mode : str, default "constant"
        What stands outside the signal, see the module: "constant", "wrap", "edge", "smooth", "symmetric", "reflect",
        "antisymmetric", "antireflect" or "line".
    cval : scalar, default 0
        The constant of ``mode="constant"``.

    Returns
    -------
    ndarray
        With ``ceil(((n - 1) * up + m) / down)`` samples along `axis` (none where that is negative), of the signal's
        precision, complex where `h` or `x` is.

    Raises
    ------
    TypeError
        For masked arrays, matrices, dtypes other than bool, integers, float16/32/64 and complex64/128, rates that are
        no numbers, and a complex `cval` for real signals.
    ValueError
        If `h` is not 1-D or empty, a rate is not an integer >= 1 or more than the signal's length can be counted at,
        `axis` does not exist, `mode` is unknown, `cval` is beyond the result's precision, or a signal without samples
        is to be extended.

    See Also
    --------
    resample_poly : with the filter designed and its delay removed.
    FirFilter : for streams, with ``up = 1``.
    sigkit.correlation.oaconvolve : for more than some thousand taps at rates of 1, where sums through spectra are
        faster.

    Notes
    -----
    Counterpart: `scipy.signal.upfirdn`. Differences: the result takes the signal's precision; signals of one sample or
    none are handled in all modes. NaN rule and error bound: see the module.

    Examples
    --------
    >>> import sigkit
    >>> sigkit.upfirdn([1, 1, 1], [1, 2, 3], up=3)
    array([1., 1., 1., 2., 2., 2., 3., 3., 3.])
    >>> sigkit.upfirdn([0.5, 0.5], [1.0, 2.0, 3.0, 4.0], down=2, mode="edge")
    array([1. , 2.5, 4. ])
    """
    taps, x = _polyphase.taps_array(h, "h"), _array.as_array(x, "x")
    up, down = _polyphase.rate(up, "up"), _polyphase.rate(down, "down")
    lines = _array.axis_last(x, axis, "x")
    mode = _polyphase.boundary_of(mode, "mode")
    dtype = _polyphase.result_dtype(x, taps)
    cval = _polyphase.fill_value(cval, "cval", dtype)
    count = _polyphase.output_length(len(taps), lines.shape[-1], up, down)
    return _polyphase.run(lines, taps, up, down, 0, count, axis, dtype, mode=mode, cval=cval)


_BACKGROUNDS = {"mean": np.mean, "median": np.median, "minimum": np.min, "maximum": np.max}


def resample_poly(x, up, down, axis=0, window=("kaiser", 5.0), padtype="constant", cval=None):
    """Resample by the ratio ``up / down`` with a zero-phase low-pass FIR filter.

    Parameters
    ----------
    x : array_like, shape (n, ...)
        Real or complex samples along `axis`.
    up, down : int
        Rates, below 2**31; what they have in common is divided out.
    axis : int, default 0
        Along which to resample. Default 0, as SciPy's.
    window : str, tuple or array_like, default ("kaiser", 5.0)
        Of the low-pass filter, which `scipy.signal.firwin` designs with ``20 * max(up, down) + 1`` taps; or, as an
        array or list, the taps themselves, at `up` times the rate of `x` and multiplied by `up` here. The default
        gives some 60 dB of stop-band attenuation.
    padtype : str, default "constant"
        What stands outside the signal: a mode of `upfirdn`, or "mean", "median", "minimum" or "maximum" of each line,
        which are taken off before and added again behind the filter.
    cval : scalar, optional
        The constant of ``padtype="constant"``. Default None: 0.

    Returns
    -------
    ndarray
        With ``ceil(n * up / down)`` samples along `axis`, the first of them where the first of `x` is; of the signal's
        precision. A copy of `x` where the ratio is 1.

    Raises
    ------
    TypeError
        For masked arrays, matrices, dtypes other than bool, integers, float16/32/64 and complex64/128, and rates that
        are no numbers.
    ValueError
        If a rate is not an integer >= 1, `axis` does not exist, `window` is neither known nor 1-D, `padtype` is unknown
        or does not take a `cval`, or a signal without samples is to be extended.

    See Also
    --------
    Resampler : for streams.
    decimate : by an integer factor.
    upfirdn : any taps, with their delay.

    Notes
    -----
    Counterpart: `scipy.signal.resample_poly`. Differences: integers give float64, also where the ratio is 1; taps given
    as an array take the signal's precision. NaN rule and error bound: see the module; the background of a line with a
    NaN is NaN.

    Examples
    --------
    >>> import numpy as np
    >>> import sigkit
    >>> t = np.arange(100) / 100
    >>> y = sigkit.resample_poly(np.sin(2 * np.pi * 3 * t), 3, 2)
    >>> y.shape
    (150,)
    >>> bool(np.abs(y - np.sin(2 * np.pi * 3 * np.arange(150) / 150))[40:110].max() < 2e-3)
    True
    """
    x = _array.as_array(x, "x")
    up, down = _polyphase.rate(up, "up"), _polyphase.rate(down, "down")
    if not isinstance(padtype, str) or padtype not in {**_BACKGROUNDS, **_polyphase.MODES}:
        raise ValueError(f"padtype must be one of: {', '.join([*_BACKGROUNDS, *_polyphase.MODES])}, got {padtype!r}")
    if cval is not None and padtype != "constant":
        raise ValueError(f"cval has no effect when padtype is {padtype!r}, got cval={cval!r}")
    lines = _array.axis_last(x, axis, "x")
    divisor = int(np.gcd(up, down))
    return _resample(lines, up // divisor, down // divisor, axis, window, padtype, 0 if cval is None else cval)


def _resample(lines, up, down, axis, window, padtype, cval):
    taps, delay = _polyphase.resampling_filter(up, down, window)
    if taps is None:
        return np.array(np.moveaxis(lines, -1, _array.line_place(axis, lines.ndim - 1)),
                        _array.common_dtype(lines), order="C")  # fmt: skip
    dtype = _polyphase.result_dtype(lines, taps)
    count = -(-lines.shape[-1] * up // down)
    if padtype not in _BACKGROUNDS:
        cval = _polyphase.fill_value(cval, "cval", dtype)
        mode = _polyphase.MODES[padtype]
        return _polyphase.run(lines, taps, up, down, delay, count, axis, dtype, mode=mode, cval=cval)
    if not lines.shape[-1]:
        return _polyphase.run(lines, taps, up, down, delay, count, axis, dtype)
    background = _BACKGROUNDS[padtype](lines, axis=-1, keepdims=True).astype(_array.common_dtype(lines))
    result = _polyphase.run(lines - background, taps, up, down, delay, count, axis, dtype)
    in_place = np.moveaxis(result, _array.line_place(axis, lines.ndim - 1), -1)
    in_place += background
    return result


def decimate(x, q, n=None, ftype="iir", axis=-1, zero_phase=True):
    """Keep every q-th sample behind an anti-aliasing filter.

    Parameters
    ----------
    x : array_like, shape (..., n)
        Real or complex samples along `axis`.
    q : int
        The factor, below 2**31.
    n : int, optional
        Order of the filter: taps less one ("fir"), poles ("iir"). Default None: ``20 * q`` and 8.
    ftype : {"iir", "fir"} or scipy.signal.dlti, default "iir"
        A Chebyshev filter of type I, which SciPy runs (default, as SciPy's); a Hamming-windowed FIR filter, done here;
        or a discrete system, done here if it has no poles.
    axis : int, default -1
        Along which to decimate; all others are a batch.
    zero_phase : bool, default True
        Remove the filter's delay: an FIR filter is centred, an IIR filter runs forwards and backwards.

    Returns
    -------
    ndarray
        With ``ceil(n / q)`` samples along `axis`, of the signal's precision; float64 for integers.

    Raises
    ------
    TypeError
        For masked arrays, matrices, dtypes other than bool, integers, float16/32/64 and complex64/128, and `q` or `n`
        that are not integers.
    ValueError
        If `q` is below 1, or below 2 for "fir", `n` below 0, `ftype` unknown, or `axis` does not exist; for a recursive
        filter also if there is no sample, and with `zero_phase` if there are too few to extend at the ends (27 and
        fewer by default).

    See Also
    --------
    resample_poly : any ratio.
    FirFilter : for streams.

    Notes
    -----
    Counterpart: `scipy.signal.decimate`. IIR filters are delegated to SciPy's `sosfiltfilt`, `sosfilt`, `filtfilt` and
    `lfilter`, which decide on NaN, bounds and threads. FIR: NaN rule and error bound as in the module. Differences: the
    result takes the signal's precision whatever a `dlti` brings, and float16 computes in float32.

    Examples
    --------
    >>> import numpy as np
    >>> import sigkit
    >>> sigkit.decimate(np.ones(500, np.float32), 4, ftype="fir")[20:24].round(5)
    array([1., 1., 1., 1.], dtype=float32)
    """
    x = _array.as_array(x, "x")
    q = _array.index(q, "q", 1)
    n = None if n is None else _array.index(n, "n", 0)
    for value, name in ((q, "q"), (n or 0, "n")):
        if value >= _polyphase.LARGEST_RATE:
            raise ValueError(f"{name}={value}: expected at most 2**31 - 1")
    lines = _array.axis_last(x, axis, "x")
    zero_phase = _array.flag(zero_phase, "zero_phase")
    if isinstance(ftype, str) and ftype not in ("iir", "fir"):
        raise ValueError(f"invalid ftype: expected 'iir', 'fir' or a dlti, got {ftype!r}")
    if ftype == "fir":
        if q == 1:
            raise ValueError("q=1: expected at least 2 for ftype='fir': there is no low-pass filter at half the rate")
        taps = _designs.lowpass(20 * q + 1 if n is None else n + 1, 1 / q, "hamming")
    else:
        taps = None if ftype == "iir" else _without_poles(ftype)
    if taps is None:
        if not x.size:
            raise ValueError(f"x: expected at least one sample for a recursive filter, got shape {x.shape}")
        y = _recursive(ftype, 8 if n is None else n, q, zero_phase)(np.asarray(lines, _array.common_dtype(x)))
        kept = np.moveaxis(y[..., ::q], -1, _array.line_place(axis, x.ndim - 1))
        return np.array(kept, _polyphase.result_dtype(x, y), order="C")
    delay = (len(taps) - 1) // 2 if zero_phase else 0
    count = -(-lines.shape[-1] // q)
    return _polyphase.run(lines, taps, 1, q, delay, count, axis, _polyphase.result_dtype(x, taps))


def _without_poles(system):
    """The taps of a scipy.signal.dlti without poles; None if it has some."""
    from scipy.signal import dlti

    if not isinstance(system, dlti):
        raise ValueError(f"invalid ftype: expected 'iir', 'fir' or a dlti, got {type(system).__name__}")
    if len(system.to_zpk().poles):
        return None
    rational = system.to_tf()
    return _polyphase.taps_array(rational.num / rational.den, "ftype")


def _recursive(ftype, n, q, zero_phase):
    """SciPy's filter along the last axis for an IIR `ftype`: in sections, unless there are complex poles."""
    from scipy import signal

    system = None if isinstance(ftype, str) else ftype.to_zpk()
    if system is not None and (np.iscomplex(system.poles).any() or np.iscomplex(system.gain)):
        rational = ftype.to_tf()
        whole = signal.filtfilt if zero_phase else signal.lfilter
        return lambda x: whole(rational.num, rational.den, x)
    if system is None:
        sections = signal.cheby1(n, 0.05, 0.8 / q, output="sos")
    else:
        sections = signal.zpk2sos(system.zeros, system.poles, system.gain)
    sectioned = signal.sosfiltfilt if zero_phase else signal.sosfilt
    return lambda x: sectioned(sections.astype(_array.REAL_OF[x.dtype]), x)


def lfilter(b, a, x, axis=-1, zi=None):
    """Filter lines with an FIR filter (an IIR filter: through SciPy), with its state.

    ``y[k] = sum over j of b[j] / a[0] * x[k - j]`` if `a` has one element.

    Parameters
    ----------
    b : array_like, shape (m,)
        Numerator: the taps.
    a : array_like, shape (1,) or (p,)
        Denominator. With more than one element the filter is left to `scipy.signal.lfilter`.
    x : array_like, shape (..., n)
        Real or complex samples along `axis`.
    axis : int, default -1
        Along which to filter; all others are a batch.
    zi : array_like, optional
        State before the first sample, of the rank of `x`, ``m - 1`` long along `axis` and as `x`, or 1, elsewhere.
        Default None: at rest.

    Returns
    -------
    y : ndarray
        Of the shape of `x` and its precision.
    zf : ndarray
        The state after the last sample; only if `zi` is given.

    Raises
    ------
    TypeError
        For masked arrays, matrices, and dtypes other than bool, integers, float16/32/64 and complex64/128.
    ValueError
        If `b` or `a` is not 1-D or empty, ``a[0]`` is 0, `x` is a scalar, `axis` does not exist, or `zi` does not fit.

    See Also
    --------
    FirFilter : for streams: the same bits as one call, which a sum through `zi` has not.
    sigkit.correlation.fftconvolve : for long taps.

    Notes
    -----
    Counterpart: `scipy.signal.lfilter`, to which any `a` of more than one element is delegated (with integers as
    float64 and float16 as float32). It runs in the widest precision of all arguments; the results are rounded to the
    signal's, as FIR filters compute. FIR: an `x` without samples gives none. NaN rule and error bound: see the module.

    Examples
    --------
    >>> import sigkit
    >>> sigkit.lfilter([0.5, 0.5], 1, [1.0, 2.0, 3.0])
    array([0.5, 1.5, 2.5])
    >>> y, state = sigkit.lfilter([0.5, 0.5], 1, [1.0, 2.0], zi=[0.0])
    >>> sigkit.lfilter([0.5, 0.5], 1, [3.0], zi=state)[0]
    array([2.5])
    """
    b, a = _polyphase.taps_array(b, "b", scalar=True), _polyphase.taps_array(a, "a", scalar=True)
    x = _array.as_array(x, "x")
    lines = _array.axis_last(x, axis, "x")
    state = None if zi is None else _array.as_array(zi, "zi")
    if a[0] == 0:
        raise ValueError(f"a[0]={a[0]}: expected anything but 0")
    dtype = _polyphase.result_dtype(x, b, a, *(() if state is None else (state,)))
    if len(a) > 1:
        from scipy import signal

        results = signal.lfilter(b, a, np.asarray(x, _array.common_dtype(x)), axis, state)
        rounded = [result.astype(dtype, copy=False) for result in (results if state is not None else (results,))]
        return rounded[0] if state is None else tuple(rounded)
    wide = np.complex128 if b.dtype.kind == "c" or a.dtype.kind == "c" else np.float64
    taps = b.astype(wide) / a[0] if a[0] != 1 else b
    n, kept = lines.shape[-1], len(taps) - 1
    y = _polyphase.run(lines, taps, 1, 1, 0, n, axis, dtype)
    if state is None:
        return y
    place = _array.line_place(axis, x.ndim - 1)
    zf = _polyphase.run(lines, taps, 1, 1, n, kept, axis, dtype)
    state = _expanded(state, x, place, kept)
    head, tail = (np.moveaxis(array, place, -1) for array in (y, zf))
    used = min(n, kept)
    head[..., :used] += state[..., :used]
    tail[..., : kept - used] += state[..., used:]
    return y, zf


def _expanded(state, x, place, kept):
    """zi as a view of one state for each line of x, the axis last."""
    shape = [*x.shape[:place], kept, *x.shape[place + 1 :]]
    if state.ndim != x.ndim or any(
        size != wanted and (axis == place or size != 1)
        for axis, (size, wanted) in enumerate(zip(state.shape, shape, strict=True))
    ):
        raise ValueError(
            f"Unexpected shape for parameter zi: expected {tuple(shape)} for b of {kept + 1} taps, found {state.shape}."
        )
    return np.moveaxis(np.broadcast_to(state, shape), place, -1)
