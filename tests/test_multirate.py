"""Rate changes and FIR filters: parity with SciPy over shapes, modes and rates; streams cut anyhow; hard cases."""

import itertools
import pickle

import numpy as np
import pytest
import reference
import scipy.signal
from compare import assert_same_bits, assert_within

import sigkit

DTYPES = (np.float32, np.float64, np.complex64, np.complex128)
MODES = ("constant", "wrap", "edge", "smooth", "symmetric", "reflect", "antisymmetric", "antireflect", "line")
PADTYPES = (*MODES, "mean", "median", "minimum", "maximum")
RATES = [(1, 1), (1, 2), (2, 1), (1, 4), (3, 2), (2, 3), (4, 6), (7, 5), (5, 7), (1, 40), (40, 1), (160, 147)]
LENGTHS = [(1, 1), (1, 9), (2, 5), (5, 2), (7, 33), (33, 7), (100, 61), (50, 130)]  # samples, taps


def draw(rng, dtype, *shape):
    x = rng.standard_normal(shape)
    return (x + 1j * rng.standard_normal(shape) if np.dtype(dtype).kind == "c" else x).astype(dtype)


def bound(h, x, up=1, down=1, axis=-1, mode="constant", cval=0, **which):
    """The module's, and as much again for SciPy's own sums in float64 and for taps rounded to the signal's dtype."""
    terms, size = reference.polyphase_size(h, x, up, down, axis, mode, cval, **which)
    return (np.minimum(terms, 256) + terms // 256 + 4) * np.finfo(x.dtype).eps * size


def scipys(function, *args, **keywords):
    """What SciPy computes from the same samples in double precision."""
    wide = [a.astype(np.result_type(a, np.float64)) if isinstance(a, np.ndarray) else a for a in args]
    return getattr(scipy.signal, function)(*wide, **keywords)


# ------------------------------------------------------------------------------------------------------- upfirdn


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("up, down", RATES)
def test_upfirdn_is_scipys(up, down, mode, rng):
    for number, (n, m) in enumerate(LENGTHS):
        if n == 1 and mode in ("smooth", "line", "reflect", "antireflect"):
            continue  # there SciPy reads beyond the array, or divides by zero
        dtype = (np.float32, np.complex128)[number % 2]
        for taps in (np.float64, np.complex128):
            h, x = draw(rng, taps, m), draw(rng, dtype, n)
            for cval in (0, 1.5) if mode == "constant" else (0,):
                got = sigkit.upfirdn(h, x, up, down, mode=mode, cval=cval)
                assert got.dtype == (np.complex64 if dtype == np.float32 and taps == np.complex128 else dtype)
                expected = scipys("upfirdn", h, x, up, down, mode=mode, cval=cval)
                limit = bound(h, x, up, down, mode=mode, cval=cval)
                assert_within(got, expected, limit, f"{n=} {m=} {taps} {cval=}", label="upfirdn, SciPy")


@pytest.mark.parametrize("mode", ["constant", "wrap", "edge", "line"])
@pytest.mark.parametrize("dtype", DTYPES)
def test_upfirdn_along_any_axis(dtype, mode, rng):
    """Also across lines wide enough for the kernel that takes samples as they lie."""
    h = rng.standard_normal(21)
    for shape in ((40, 3), (40, 16), (40, 100), (2, 33, 19), (3, 2, 30)):
        x = draw(rng, dtype, *shape)
        for axis, (up, down) in itertools.product(range(-x.ndim, x.ndim), ((1, 1), (1, 4), (5, 3))):
            got = sigkit.upfirdn(h, x, up, down, axis, mode)
            assert got.flags.c_contiguous and got.flags.owndata
            expected = scipys("upfirdn", h, x, up, down, axis, mode)
            steps = 42 / max(x.shape[axis] - 1, 1) if mode == "line" else 0  # how far a slope of 2 |x| leads
            limit = (len(h) + 4) * np.finfo(dtype).eps * np.abs(h).sum() * np.abs(x).max() * (1 + steps)
            assert_within(got, expected, limit, f"{shape} {axis=} {up}/{down}")
            lines = np.moveaxis(x, axis, -1)
            alone = [sigkit.upfirdn(h, lines[i], up, down, mode=mode) for i in np.ndindex(lines.shape[:-1])]
            assert_same_bits(np.moveaxis(got, axis, -1).reshape(len(alone), -1), np.array(alone), "a line alone")


@pytest.mark.parametrize("taps", DTYPES)
@pytest.mark.parametrize("dtype", DTYPES)
def test_upfirdn_takes_the_signals_precision(dtype, taps, rng):
    got = sigkit.upfirdn(draw(rng, taps, 9), draw(rng, dtype, 20), 3, 2)
    single = np.finfo(dtype).dtype == np.float32
    complex_ = np.dtype(dtype).kind == "c" or np.dtype(taps).kind == "c"
    assert got.dtype == ((np.complex64 if single else np.complex128) if complex_ else dtype)


def test_upfirdn_of_one_sample_and_none():
    h = [1.0, 2.0, 3.0]
    for mode in ("edge", "symmetric", "wrap", "reflect", "smooth", "antireflect", "line"):
        assert sigkit.upfirdn(h, [2.0], mode=mode).tolist() == [12.0, 12.0, 12.0]
        with pytest.raises(ValueError, match="at least one sample"):
            sigkit.upfirdn(h, [], mode=mode)
    assert sigkit.upfirdn(h, []).tolist() == scipy.signal.upfirdn(h, []).tolist() == [0.0, 0.0]
    assert sigkit.upfirdn(h, [], cval=2.0).tolist() == [12.0, 12.0]
    assert sigkit.upfirdn([1.0], [], up=5).shape == (0,)
    assert sigkit.upfirdn(h, np.ones((0, 4), np.float32)).shape == (0, 6)


@pytest.mark.parametrize(
    "up, down, m", [(1, 100_000, 3), (100_003, 99_991, 500_000), (1, 20_000, 20_001), (1, 1, 9000)]
)
def test_extreme_rates_and_lengths(up, down, m, rng):
    """Where a matrix of periods would be too large or too empty, and where sums are restarted."""
    h, x = rng.standard_normal(m), rng.standard_normal(30_000)
    got = sigkit.upfirdn(h, x, up, down)
    expected = scipy.signal.upfirdn(h, x, up, down)
    terms = min(len(x), -(-m // up))
    size = scipy.signal.upfirdn(abs(h), abs(x), up, down)
    # SciPy's sums are not restarted
    assert_within(got, expected, (2 * terms + 4) * np.finfo(float).eps * size)


def test_long_sums_are_restarted():
    """A sum of 65,536 equal products errs by 256 additions of partial sums, not by 65,536."""
    m = 1 << 16
    h, x = np.full(m, 0.1, np.float32), np.ones(2 * m, np.float32)
    got = sigkit.upfirdn(h, x, 1, m)[1:2]
    exact = np.float64(np.float32(0.1)) * m
    assert_within(got, [exact], 514 * np.finfo(np.float32).eps * exact)


def test_taps_that_are_not_finite_meet_only_samples_that_exist():
    h, x = np.array([1.0, np.inf, 2.0]), np.arange(1.0, 6.0)
    assert sigkit.upfirdn(h, x).tolist() == [1.0, *[np.inf] * 5, 10.0]
    assert sigkit.upfirdn(h, x, up=2).tolist()[:3] == [1.0, np.inf, 4.0]
    both = np.repeat(x[:, None], 20, axis=1)
    assert (sigkit.upfirdn(h, both, axis=0) == sigkit.upfirdn(h, x)[:, None]).all()
    assert sigkit.upfirdn([np.inf, 1.0], [1.0] * 500, down=100).tolist() == [np.inf] * 5 + [1.0]


@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize("up, down", RATES)
def test_a_sample_reaches_its_windows_alone(up, down, value, rng):
    """Zeros put between samples are not multiplied: an output whose window they fill, and no more, stays as it was."""
    h, x = np.abs(rng.standard_normal(45)) + 0.1, rng.standard_normal(300)
    spoiled = x.copy()
    spoiled[111] = value
    before, after = sigkit.upfirdn(h, x, up, down), sigkit.upfirdn(h, spoiled, up, down)
    positions = down * np.arange(len(before)) - 111 * up
    touched = (positions >= 0) & (positions < 45)
    assert_same_bits(after[~touched], before[~touched])
    assert not np.isfinite(after[touched]).any()


@pytest.mark.parametrize(
    "args, keywords, error, match",
    [
        (([[1.0]], [1.0]), {}, ValueError, "h must be 1-D"),
        (([], [1.0]), {}, ValueError, "h must be 1-D"),
        (([1.0], 2.0), {}, ValueError, "x: expected at least one dimension"),
        (([1.0], [1.0]), {"up": 0}, ValueError, "up=0"),
        (([1.0], [1.0]), {"down": 2.5}, ValueError, "down must be an integer"),
        (([1.0], [1.0]), {"down": np.nan}, ValueError, "down must be an integer"),
        (([1.0], [1.0]), {"up": "2"}, TypeError, "up: expected an integer"),
        (([1.0], [1.0]), {"up": True}, TypeError, "up: expected an integer"),
        (([1.0], [1.0]), {"up": 1 << 31}, ValueError, "up=2147483648"),
        (([1.0], [1.0]), {"up": np.array([2])}, TypeError, "up: expected an integer, got ndarray"),
        (([1.0], [1.0]), {"up": 10**400}, ValueError, "up=1000"),
        (([1.0], [1.0]), {"down": 2 + 0j}, TypeError, "down: expected an integer"),
        (([1.0], np.broadcast_to(1.0, 1 << 33)), {"up": (1 << 31) - 1}, ValueError, "up=2147483647"),
        (([1.0], np.broadcast_to(1.0, (1 << 30, 1 << 10))), {"up": 1 << 30}, ValueError, "up=1073741824"),
        (([1.0], [1.0]), {"cval": 10**400}, ValueError, "cval=1000"),
        (([1.0], np.float32([1])), {"cval": 1e300}, ValueError, r"cval=1e\+300.*float32"),
        (([1.0], [1.0]), {"axis": 1}, ValueError, "axis=1"),
        (([1.0], [1.0]), {"mode": "nearest"}, ValueError, "Unknown mode: 'nearest'"),
        (([1.0], [1.0]), {"mode": 3}, ValueError, "Unknown mode: 3"),
        (([1.0], [1.0]), {"cval": 1j}, TypeError, "cval"),
        (([1.0], [1.0]), {"cval": "a"}, TypeError, "cval"),
        (([1.0], [1.0]), {"cval": [1, 2]}, TypeError, "cval"),
    ],
)
def test_upfirdn_refuses(args, keywords, error, match):
    with pytest.raises(error, match=match):
        sigkit.upfirdn(*args, **keywords)


def test_rates_may_be_whole_floats():
    assert sigkit.upfirdn([1.0], [1.0, 2.0], up=2.0, down=np.float32(1)).tolist() == [1.0, 0.0, 2.0]
    assert sigkit.upfirdn([1.0], [1.0, 2.0], mode="WRAP").tolist() == [1.0, 2.0]


# ------------------------------------------------------------------------------------------------- resample_poly


@pytest.mark.parametrize("padtype", PADTYPES)
@pytest.mark.parametrize("up, down", [*RATES, (6, 4)])
def test_resample_poly_is_scipys(up, down, padtype, rng):
    for n, dtype in itertools.product((1, 2, 5, 120), DTYPES):
        alone = n == 1 and padtype in ("smooth", "line", "reflect", "antireflect")
        if alone or padtype in ("median", "minimum", "maximum") and np.dtype(dtype).kind == "c":
            continue  # SciPy orders complex numbers by their real parts; of one sample it has no slope
        x = draw(rng, dtype, n, 2)
        got = sigkit.resample_poly(x, up, down, padtype=padtype)
        assert got.dtype == dtype
        expected = scipys("resample_poly", x, up, down, padtype=padtype)
        largest = np.abs(expected).max() + np.abs(x).max()
        steps = n + 20 if padtype in ("smooth", "line", "antireflect") else 1  # extrapolated so far
        assert_within(got, expected, 40 * 2 * largest * steps * np.finfo(dtype).eps, f"{n=} {dtype}")


@pytest.mark.parametrize("window", ["hann", ("kaiser", 8.0), [1.0, 2.0, 1.0], np.hamming(31), np.ones(6, np.float32)])
def test_resample_poly_windows(window, rng):
    for dtype, (up, down) in itertools.product(DTYPES, ((3, 2), (2, 3), (1, 5))):
        x = draw(rng, dtype, 3, 50)
        expected = scipys("resample_poly", x, up, down, axis=1, window=window)
        got = sigkit.resample_poly(x, up, down, axis=1, window=window)
        assert got.dtype == dtype
        assert_within(got, expected, 200 * 5 * np.finfo(dtype).eps * np.abs(x).max() * up, f"{dtype}")


def test_resample_poly_leaves_its_window_and_gives_copies():
    window, x = np.hamming(31), np.arange(20.0)
    before = window.copy()
    sigkit.resample_poly(x, 3, 2, window=window)
    assert_same_bits(window, before)
    same = sigkit.resample_poly(x, 4, 4)
    assert_same_bits(same, x)
    assert not np.shares_memory(same, x)
    assert sigkit.resample_poly(np.arange(5), 2, 2).dtype == np.float64
    first = sigkit.resample_poly(x, 3, 2)
    assert_same_bits(sigkit.resample_poly(x, 3, 2), first, "taps from the cache")


def test_resample_poly_refuses():
    x = np.ones(10)
    with pytest.raises(ValueError, match="padtype must be one of"):
        sigkit.resample_poly(x, 2, 1, padtype="nearest")
    with pytest.raises(ValueError, match="cval has no effect"):
        sigkit.resample_poly(x, 2, 1, padtype="mean", cval=1)
    with pytest.raises(ValueError, match="up must be an integer"):
        sigkit.resample_poly(x, 2.5, 1)
    with pytest.raises(ValueError, match="down=0"):
        sigkit.resample_poly(x, 2, 0)
    with pytest.raises(ValueError, match="window must be 1-D"):
        sigkit.resample_poly(x, 2, 1, window=np.ones((2, 2)))
    for up in (2, 3):
        for window in ("no such window", ("kaiser", np.inf), (), None):
            for call in (lambda **k: sigkit.resample_poly(x, **k), sigkit.Resampler):
                with pytest.raises(ValueError, match="^window="):
                    call(up=up, down=2, window=window)
    with pytest.raises(ValueError, match="window must be 1-D"):
        sigkit.resample_poly(x, 2, 2, window=np.ones((2, 2)))


def test_empty_signals_resample_to_nothing():
    for padtype in ("constant", "mean", "median", "minimum", "maximum"):
        assert sigkit.resample_poly(np.ones((0, 3), np.float32), 3, 2, padtype=padtype).shape == (0, 3)


# ------------------------------------------------------------------------------------------------------ decimate


@pytest.mark.parametrize("zero_phase", [True, False])
@pytest.mark.parametrize("order", [None, 7, 30])
def test_fir_decimation_is_scipys(order, zero_phase, rng):
    for dtype, q, n in itertools.product(DTYPES, (2, 5, 13), (1, 5, 200)):
        x = draw(rng, dtype, 2, n)
        got = sigkit.decimate(x, q, order, "fir", zero_phase=zero_phase)
        assert got.dtype == dtype
        expected = scipys("decimate", x, q, order, "fir", zero_phase=zero_phase)
        assert_within(got, expected, 300 * 2 * np.finfo(dtype).eps * np.abs(x).max(), f"{q=} {n=}")


@pytest.mark.parametrize("zero_phase", [True, False])
def test_iir_decimation_is_scipys(zero_phase, rng):
    """Delegated: the same operations on the same numbers."""
    poles = scipy.signal.dlti(*scipy.signal.butter(4, 0.2))
    real_poles = scipy.signal.dlti([0.5], [0.2, 0.3], 0.4)
    for dtype, axis in itertools.product(DTYPES, (0, -1)):
        x = draw(rng, dtype, 80, 90)
        for ftype in ("iir", poles, real_poles):
            got = sigkit.decimate(x, 3, ftype=ftype, axis=axis, zero_phase=zero_phase)
            expected = scipy.signal.decimate(x, 3, ftype=ftype, axis=axis, zero_phase=zero_phase)
            assert got.dtype == dtype and got.flags.c_contiguous
            assert_within(got, expected, 1e3 * np.finfo(dtype).eps * np.abs(x).max())


def test_a_system_without_poles_is_a_fir_filter(rng):
    system = scipy.signal.dlti([1.0, 2.0, 1.0], [4.0])
    x = rng.standard_normal(50)
    assert_same_bits(sigkit.decimate(x, 3, ftype=system), sigkit.resample_poly(x, 1, 3, window=[0.25, 0.5, 0.25]))


def test_decimate_refuses():
    for bad, match in ((("fft",), "invalid ftype"), ((3,), "invalid ftype")):
        with pytest.raises(ValueError, match=match):
            sigkit.decimate(np.ones(50), 2, None, *bad)
    with pytest.raises(TypeError, match="q: expected an integer"):
        sigkit.decimate(np.ones(50), 2.5)
    with pytest.raises(ValueError, match="q=0"):
        sigkit.decimate(np.ones(50), 0)
    for keywords in ({"q": 1 << 31}, {"q": 2, "n": 1 << 63, "ftype": "fir"}):
        with pytest.raises(ValueError, match="expected at most"):
            sigkit.decimate(np.ones(50), **keywords)
    with pytest.raises(ValueError, match="q=1: expected at least 2"):
        sigkit.decimate(np.ones(50), 1, ftype="fir")
    with pytest.raises(TypeError, match="zero_phase"):
        sigkit.decimate(np.ones(50), 2, zero_phase="False")
    for zero_phase in (True, False):
        with pytest.raises(ValueError, match="x: expected at least one sample"):
            sigkit.decimate([], 4, zero_phase=zero_phase)
    assert sigkit.decimate([], 4, ftype="fir").shape == (0,)


# ------------------------------------------------------------------------------------------------------- lfilter


@pytest.mark.parametrize("dtype", DTYPES)
def test_fir_lfilter_is_scipys(dtype, rng):
    for shape, axis in (((60,), -1), ((3, 40), 1), ((40, 17), 0), ((2, 30, 3), 1), ((3,), 0), ((1, 2), 0)):
        for m, a in ((1, 1.0), (2, [2.0]), (9, 0.5), (35, [1.0])):
            b, x = draw(rng, np.float64, m).astype(dtype), draw(rng, dtype, *shape)
            limit = 4 * (m + 4) * np.finfo(dtype).eps * np.abs(b).sum() * (np.abs(x).max() + 4)
            assert_within(sigkit.lfilter(b, a, x, axis), scipys("lfilter", b, a, x, axis), limit)
            whole = list(shape)
            whole[axis] = m - 1
            for states in (whole, [1 if i != axis % x.ndim else m - 1 for i in range(x.ndim)]):
                zi = draw(rng, dtype, *states)
                got, expected = sigkit.lfilter(b, a, x, axis, zi), scipys("lfilter", b, a, x, axis, zi)
                for one, other in zip(got, expected, strict=True):
                    assert one.dtype == dtype
                    assert_within(one, other, limit, f"{shape} {m=}")


def test_lfilter_state_joins_blocks(rng):
    b, x = rng.standard_normal(9), rng.standard_normal(100)
    state, parts = np.zeros(8), []
    for block in np.split(x, [0, 1, 4, 50]):
        y, state = sigkit.lfilter(b, 1, block, zi=state)
        parts.append(y)
    limit = 30 * np.finfo(float).eps * np.abs(b).sum() * np.abs(x).max()
    assert_within(np.concatenate(parts), sigkit.lfilter(b, 1, x), limit)


def test_iir_lfilter_is_left_to_scipy(rng):
    b, a = scipy.signal.butter(3, 0.3)
    x = rng.standard_normal((4, 50))
    assert_same_bits(sigkit.lfilter(b, a, x), scipy.signal.lfilter(b, a, x))
    zi = np.zeros((4, 3))
    assert_same_bits(sigkit.lfilter(b, a, x, zi=zi), scipy.signal.lfilter(b, a, x, zi=zi))
    assert sigkit.lfilter(b, a, np.ones(9, int)).dtype == np.float64
    for dtype, coefficients in itertools.product(DTYPES, (b, 1j * b)):
        expected = np.result_type(dtype, np.complex64) if coefficients.dtype.kind == "c" else np.dtype(dtype)
        y, zf = sigkit.lfilter(coefficients, a, x.astype(dtype), zi=zi)
        assert y.dtype == zf.dtype == sigkit.lfilter(coefficients, a, x.astype(dtype)).dtype == expected


def test_lfilter_refuses():
    with pytest.raises(ValueError, match="Parameter b is not"):
        sigkit.lfilter([], 1, [1.0])
    with pytest.raises(ValueError, match="Parameter a is not"):
        sigkit.lfilter([1.0], [[1.0]], [1.0])
    for a in (0.0, [0.0, 1.0]):
        with pytest.raises(ValueError, match=r"a\[0\]=0"):
            sigkit.lfilter([1.0], a, [1.0])
    with pytest.raises(ValueError, match=r"zi: expected \(1,\)"):
        sigkit.lfilter([1.0, 2.0], 1, [1.0], zi=[1.0, 2.0])
    with pytest.raises(ValueError, match="zi"):
        sigkit.lfilter([1.0, 2.0], 1, np.ones((2, 3)), zi=np.ones((3, 1)))


# ------------------------------------------------------------------------------------------------------- streams


def cuts(rng, n):
    """Blocks of 0, 1 and more samples, at random places."""
    places = np.sort(rng.integers(0, n + 1, rng.integers(0, 12)))
    return [*places, *places[:2], *(places[-1:] + 1 if len(places) and places[-1] < n else [])]


def joined(stream, x, axis, places):
    parts = [stream.process(block) for block in np.split(x, sorted(places), axis)]
    return np.concatenate([*parts, stream.flush()], axis)


@pytest.mark.parametrize("dtype", [*DTYPES, np.float16, np.int16])
def test_fir_filter_gives_the_bits_of_one_call(dtype, rng):
    for trial in range(40):
        m, d = int(rng.integers(1, 60 if trial % 4 else 700)), int(rng.integers(1, 9))
        shape, axis = [((400,), -1), ((3, 200), -1), ((200, 20), 0), ((5, 100, 2), 1)][trial % 4]
        x = (100 * rng.standard_normal(shape)).astype(dtype) if dtype == np.int16 else draw(rng, dtype, *shape)
        taps = draw(rng, np.complex64 if trial % 5 == 0 else np.float64, m)
        stream = sigkit.FirFilter(taps, d, axis=axis)
        whole = sigkit.upfirdn(taps, x, 1, d, axis)
        for _ in range(2):  # flush has begun anew
            assert_same_bits(joined(stream, x, axis, cuts(rng, x.shape[axis])), whole, f"{m=} {d=} {shape}")
        if d == 1:
            assert_same_bits(whole.take(range(x.shape[axis]), axis), sigkit.lfilter(taps, 1, x, axis))


@pytest.mark.parametrize("up, down", [*RATES, (147, 160), (3, 1000)])
def test_resampler_gives_the_bits_of_one_call(up, down, rng):
    for dtype, (shape, axis) in itertools.product(
        (np.float32, np.complex128), (((700,), -1), ((2, 300), 1), ((300, 20), 0), ((1,), 0), ((0,), 0))
    ):
        x = draw(rng, dtype, *shape)
        stream = sigkit.Resampler(up, down, axis=axis)
        whole = sigkit.resample_poly(x, up, down, axis)
        for _ in range(3):
            assert_same_bits(joined(stream, x, axis, cuts(rng, x.shape[axis])), whole, f"{shape}")
        if x.ndim == 1 and len(x):
            assert_same_bits(joined(stream, x, axis, range(1, len(x))), whole, "sample by sample")


def test_resampler_with_its_own_taps(rng):
    x, window = rng.standard_normal(500), rng.standard_normal(40)
    stream = sigkit.Resampler(6, 4, window=window)
    assert_same_bits(joined(stream, x, 0, cuts(rng, 500)), sigkit.resample_poly(x, 3, 2, window=window))


def test_outputs_come_as_soon_as_their_samples(rng):
    x = rng.standard_normal(100)
    filtered = sigkit.FirFilter(np.ones(5), 3)
    given = [len(filtered.process(x[i : i + 1])) for i in range(9)]
    assert given == [1, 0, 0, 1, 0, 0, 1, 0, 0]
    assert len(filtered.flush()) == -(-(9 + 5 - 1) // 3) - 3


def test_streams_with_taps_and_samples_that_are_not_finite(rng):
    x = rng.standard_normal(200)
    x[[0, 70, 199]] = np.inf, np.nan, -np.inf
    taps = rng.standard_normal(30)
    for bad in (None, 0, 12, 29):
        h = taps.copy()
        if bad is not None:
            h[bad] = np.inf
        assert_same_bits(joined(sigkit.FirFilter(h, 3), x, 0, cuts(rng, 200)), sigkit.upfirdn(h, x, 1, 3))


def test_a_stream_is_of_one_shape_and_precision():
    stream = sigkit.FirFilter([1.0, 2.0])
    stream.process(np.ones((2, 3), np.float32))
    for odd in (np.ones((3, 3), np.float32), np.ones(3, np.float32), np.ones(2, np.float32), np.ones((2, 3))):
        with pytest.raises(ValueError) as caught:
            stream.process(odd)
        for words in ("block: expected shape (2, 'k')", "compute in float32", f"got {odd.shape} and {odd.dtype}"):
            assert words in str(caught.value)
    with pytest.raises(TypeError, match="block"):
        stream.process(None)
    stream.reset()
    assert stream.process(np.ones(3)).tolist() == [1.0, 3.0, 3.0]  # what was refused left nothing behind
    for make in (lambda: sigkit.FirFilter([]), lambda: sigkit.FirFilter([1.0], 0), lambda: sigkit.Resampler(0, 1)):
        with pytest.raises(ValueError):
            make()
    with pytest.raises(TypeError, match="axis"):
        sigkit.FirFilter([1.0], axis=0.5)


def test_a_refused_block_changes_nothing(rng):
    x, taps = rng.standard_normal((2, 60)), rng.standard_normal(9)
    stream = sigkit.FirFilter(taps, 2)
    parts = [stream.process(x[:, :25])]
    for bad in (x[:1], x.astype(np.float32), np.array(["a"])):
        with pytest.raises((TypeError, ValueError)):
            stream.process(bad)
    parts += [stream.process(x[:, 25:]), stream.flush()]
    assert_same_bits(np.concatenate(parts, -1), sigkit.upfirdn(taps, x, 1, 2))


def test_streams_can_be_pickled_midway(rng):
    x = rng.standard_normal(300)
    stream = sigkit.Resampler(3, 2)
    first = stream.process(x[:123])
    copy = pickle.loads(pickle.dumps(stream))
    for each in (stream, copy):
        whole = np.concatenate([first, each.process(x[123:]), each.flush()])
        assert_same_bits(whole, sigkit.resample_poly(x, 3, 2))


def test_taps_are_the_streams_own(rng):
    taps, x = np.ones(4), rng.standard_normal(20)
    stream = sigkit.FirFilter(taps)
    expected = sigkit.upfirdn(taps, x)
    taps[:] = 0
    assert_same_bits(joined(stream, x, 0, [7]), expected)
