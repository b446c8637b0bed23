"""Algebra that holds for any input, over inputs that hypothesis chooses."""

import hypothesis.extra.numpy as hnp
import numpy as np
import reference
import reference_pearson
from cases import FLOATING, INTEGERS
from compare import assert_same_bits, assert_within
from hypothesis import given
from hypothesis import strategies as st

import sigkit

MODES = st.sampled_from(["full", "same", "valid"])


def lines(dtype=None, max_size=60, min_size=1):
    """A line whose values cover many scales, but whose products neither overflow nor vanish."""

    def of(dtype):
        dtype = np.dtype(dtype)
        width = 32 if dtype in (np.float32, np.complex64) else 64
        size = st.floats(2.0**-20, 2.0**20, width=width)
        part = st.one_of(st.just(0.0), size, size.map(lambda value: -value))
        values = st.builds(complex, part, part) if dtype.kind == "c" else part
        return hnp.arrays(dtype, st.integers(min_size, max_size), elements=values)

    return of(dtype) if dtype else st.sampled_from(FLOATING).flatmap(of)


def pairs(dtypes=FLOATING, **sizes):
    return st.sampled_from(dtypes).flatmap(lambda dtype: st.tuples(lines(dtype, **sizes), lines(dtype, **sizes)))


def error(x, h):
    """Bound of one direct convolution's error, elementwise over the full extent."""
    terms = reference.convolve(np.ones(x.size), np.ones(h.size))
    return (np.minimum(terms, 256) + 2) * np.finfo(x.dtype).eps * reference.convolve(abs(x), abs(h))


@given(pairs(max_size=40), st.data())
def test_linear(pair, data):
    x, h = pair
    y = data.draw(hnp.arrays(x.dtype, x.size, elements=st.integers(-1000, 1000)))
    eps = np.finfo(x.dtype).eps
    got = sigkit.convolve(x + y, h, method="direct")
    expected = sigkit.convolve(x, h, method="direct") + sigkit.convolve(y, h, method="direct")
    # Besides the three convolutions: the rounding of x + y, and that of the last sum.
    bound = error(x + y, h) + error(x, h) + error(y, h) + 2 * eps * reference.convolve(abs(x) + abs(y), abs(h))
    assert_within(got, expected, bound)


@given(pairs(), st.integers(-40, 40))
def test_a_power_of_two_factors_out_in_bits(pair, exponent):
    x, h = pair
    scale = x.real.dtype.type(2.0**exponent)
    for method in ("direct", "fft"):
        got = sigkit.convolve(x * scale, h, method=method)
        assert_same_bits(got + 0, sigkit.convolve(x, h, method=method) * scale + 0, method)


@given(pairs(), st.integers(0, 20))
def test_shift(pair, shift):
    """Zeros in front delay the output and change no bit of it; the longer input is the one that is slid over."""
    h, x = sorted(pair, key=len)
    delayed = np.concatenate([np.zeros(shift, x.dtype), x])
    got = sigkit.convolve(delayed, h, method="direct")
    assert not got[:shift].any()
    assert_same_bits(got[shift:] + 0, sigkit.convolve(x, h, method="direct") + 0)


@given(pairs())
def test_commutative(pair):
    x, h = pair
    assert_within(sigkit.convolve(x, h, method="direct"), sigkit.convolve(h, x, method="direct"), 2 * error(x, h))


@given(pairs(max_size=25), lines(np.complex128, max_size=25))
def test_associative(pair, g):
    x, h = (z.astype(np.complex128) for z in pair)
    left = sigkit.convolve(sigkit.convolve(x, h, method="direct"), g, method="direct")
    right = sigkit.convolve(x, sigkit.convolve(h, g, method="direct"), method="direct")
    sizes = reference.convolve(reference.convolve(abs(x), abs(h)), abs(g))
    terms = min(x.size, h.size) + min(h.size, g.size) + max(x.size, h.size, g.size) + 8
    assert_within(left, right, 2 * terms * np.finfo(float).eps * sizes)


@given(pairs(), MODES)
def test_every_extent_is_a_slice_of_full_in_bits(pair, mode):
    x, h = pair
    for function in (sigkit.convolve, sigkit.correlate):
        full = function(x, h, "full", "direct")
        assert_same_bits(function(x, h, mode, "direct"), reference.cut(full, x.shape, h.shape, mode))


@given(pairs(), MODES)
def test_correlation_is_convolution_with_the_reversed_conjugate(pair, mode):
    x, h = pair
    expected = sigkit.convolve(x, h[::-1].conj(), mode, "direct")
    got = sigkit.correlate(x, h, mode, "direct")
    # Where in1 is the shorter, the two may sum the same products in opposite order.
    bound = reference.cut(2 * error(x, h[::-1]), x.shape, h.shape, mode)
    assert_within(got, expected, bound)
    if x.size >= h.size:
        assert_same_bits(got, expected)


@given(pairs(), MODES)
def test_methods_agree(pair, mode):
    x, h = pair
    norms = np.linalg.norm(x.astype(np.complex128)) * np.linalg.norm(h.astype(np.complex128))
    transformed = 8 * np.finfo(x.dtype).eps * np.log2(2 * (x.size + h.size)) * norms
    bound = reference.cut(error(x, h) + transformed, x.shape, h.shape, mode)
    assert_within(sigkit.convolve(x, h, mode, "fft"), sigkit.convolve(x, h, mode, "direct"), bound)


@given(pairs(min_size=2, max_size=300), st.data())
def test_chunked_equals_whole_in_bits(pair, data):
    """Overlapping pieces, wherever they are cut, are the whole."""
    x, h = pair
    h = h[: data.draw(st.integers(1, min(x.size, h.size)))]
    whole = sigkit.sliding_dot_product(x, h)
    cuts = sorted({0, whole.size, *data.draw(st.lists(st.integers(0, whole.size), max_size=5))})
    pieces = [sigkit.sliding_dot_product(x[a : b + h.size - 1], h) for a, b in zip(cuts, cuts[1:], strict=False)]
    assert_same_bits(np.concatenate(pieces), whole)


@given(st.data())
def test_broadcasting_equals_looping_in_bits(data):
    dtype = data.draw(st.sampled_from(FLOATING))
    shapes = data.draw(hnp.mutually_broadcastable_shapes(num_shapes=2, max_dims=3, max_side=3)).input_shapes
    n = data.draw(st.integers(1, 20))
    m = data.draw(st.integers(1, n))
    rng = np.random.default_rng(data.draw(st.integers(0, 99)))
    x = rng.standard_normal((*shapes[0], n)).astype(dtype)
    h = rng.standard_normal((*shapes[1], m)).astype(dtype)
    got = sigkit.correlate(x, h, "valid", "direct", axis=-1)
    outer = np.broadcast_shapes(*shapes)
    assert got.shape == (*outer, n - m + 1)
    x, h = np.broadcast_to(x, (*outer, n)), np.broadcast_to(h, (*outer, m))
    for i in np.ndindex(outer):
        assert_same_bits(got[i], sigkit.sliding_dot_product(x[i], h[i]))


@given(st.data())
def test_axis_equals_moveaxis_in_bits(data):
    dtype = data.draw(st.sampled_from(FLOATING))
    shape = data.draw(hnp.array_shapes(min_dims=1, max_dims=4, min_side=1, max_side=9))
    axis = data.draw(st.integers(-len(shape), len(shape) - 1))
    x = np.random.default_rng(data.draw(st.integers(0, 99))).standard_normal(shape).astype(dtype)
    h = x.ravel()[: data.draw(st.integers(1, min(shape[axis], 4)))]
    got = sigkit.sliding_dot_product(x, h, axis=axis)
    moved = np.ascontiguousarray(np.moveaxis(x, axis, -1))
    assert_same_bits(np.ascontiguousarray(np.moveaxis(got, axis, -1)), sigkit.sliding_dot_product(moved, h))


@given(st.data(), MODES)
def test_integers_are_exact_modulo_two_to_64(data, mode):
    x, h = (
        data.draw(hnp.arrays(data.draw(st.sampled_from(INTEGERS)), st.integers(1, 30))) for _ in range(2)
    )
    for name in ("convolve", "correlate"):
        got = getattr(sigkit, name)(x, h, mode)
        expected = getattr(reference, name)(x, h, mode)
        assert got.dtype == np.int64
        assert_same_bits(got, expected, name)


@given(hnp.arrays(np.float64, st.integers(3, 80), elements=st.floats(-1e6, 1e6)), st.data())
def test_a_coefficient_is_at_most_one(signal, data):
    """And it changes neither with a positive factor nor with an offset that rounds nothing away."""
    m = data.draw(st.integers(2, signal.size))
    start = data.draw(st.integers(0, signal.size - m))
    template = signal[start : start + m].copy()
    r = sigkit.sliding_pearson(signal, template)
    defined = r[~np.isnan(r)]
    assert np.all(abs(defined) <= 1)
    assert_within(r, reference_pearson.sliding_pearson(signal, template), 1e-12)
    assert np.isnan(r[start]) == (np.ptp(template) == 0)
    if not np.isnan(r[start]):
        assert abs(r[start] - 1) <= 1e-12, "a perfect match"


@given(st.integers(0, 10**6), st.sampled_from([1, -1]), st.integers(0, 10))
def test_a_coefficient_knows_no_offset(offset, sign, power):
    """Integers of 10 bits and offsets below 2^20 are exact in float64: shifted data have the same coefficients."""
    rng = np.random.default_rng(power)
    signal = rng.integers(-512, 512, 200).astype(float)
    template = signal[50:66].copy()
    r = sigkit.sliding_pearson(signal, template)
    shifted = sigkit.sliding_pearson(signal * sign * 2.0**power + offset, template * 2.0**power - offset)
    assert_within(shifted, sign * r, 2e-12)
