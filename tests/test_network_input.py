"""`sigkit.network_input` beside NumPy, SciPy, scikit-learn and PyTorch, and where these go wrong."""

import pickle
import sys

import numpy as np
import odd_arrays
import pytest
import scipy.stats
from compare import assert_same_bits, assert_within
from processes import run_python, scratch_of

import sigkit
from sigkit import network_input

Z = np.random.default_rng(0).standard_normal((3, 4, 6, 2)).view(complex)[..., 0]


# -------------------------------------------------------------------------------------------------------- channels


def test_layouts():
    flat = network_input.complex_channels(Z, layout="flat")
    first = network_input.complex_channels(Z)
    assert_same_bits(first, np.stack([Z.real, Z.imag], axis=1))
    assert_same_bits(network_input.complex_channels(Z, layout="last"), np.stack([Z.real, Z.imag], axis=-1))
    assert_same_bits(flat, first.reshape(3, 48))
    # as MATLAB has it, through the permutation that the docstring names
    column_major = np.stack([np.stack([z.real, z.imag], -1).ravel(order="F") for z in Z])
    order = np.arange(2 * 4 * 6).reshape(2, 4, 6).swapaxes(1, 2).ravel()
    assert_same_bits(flat[:, order], column_major)


def test_what_an_example_is():
    shapes = {(None, (9,)): (2, 9), (None, (3, 9)): (3, 2, 9), (None, (3, 4, 5)): (3, 2, 4, 5), (2, (4, 5)): (2, 4, 5),
              (1, (3, 4, 9)): (3, 4, 2, 9), (3, (4, 5, 6)): (2, 4, 5, 6)}  # fmt: skip
    for (ndim, shape), expected in shapes.items():
        assert network_input.complex_channels(np.ones(shape, np.complex64), ndim=ndim).shape == expected
    assert network_input.complex_channels(np.ones((2, 3, 4, 5)), transform="fft2").shape == (2, 3, 2, 4, 5)


@pytest.mark.parametrize("dtype", [np.complex64, np.complex128])
def test_representations_at_the_ends_of_the_range(dtype):
    """Squares of these overflow or vanish; the signs of zeros count in a phase, as NumPy has it."""
    info = np.finfo(dtype)
    big, small = float(info.max) / 4, float(info.smallest_normal) * 4
    z = np.array([0, -0.0, 1, -1, 1j, big + big * 1j, small - small * 1j, -big, complex(-1.0, -0.0)], dtype)
    magnitude, phase = network_input.complex_channels(z, "polar")
    wide = z.astype(np.clongdouble)
    assert_within(magnitude, abs(wide), 2 * info.eps * abs(wide))
    assert_within(phase, np.angle(wide), 2 * info.eps * np.pi)
    log, cosine, sine = network_input.complex_channels(z, "log-polar", floor=small)
    assert_within(log, np.log(np.maximum(abs(wide), small)), 2 * info.eps * 800)
    assert_within(cosine**2 + sine**2, np.ones(z.size), 8 * info.eps)
    assert (cosine[:2] == 1).all() and (sine[:2] == 0).all()
    assert network_input.complex_channels(z[:1], "log-polar")[0] == np.log(1e-10).astype(info.dtype)


def test_spectra_are_those_of_fft2_centered():
    for shape in ((128, 96), (49, 30), (1, 16), (13, 12)):
        z = np.random.default_rng(1).standard_normal((2, *shape, 2), np.float32).view(np.complex64)[..., 0]
        for origin in ("corner", "center"):
            spectra = sigkit.fft2_centered(z, origin=origin)
            for representation in ("iq", "log-polar"):
                got = network_input.complex_channels(z, representation, "last", transform="fft2", origin=origin)
                assert_same_bits(got, network_input.complex_channels(spectra, representation, "last"))


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc/self/status")
def test_scratch_is_bounded():
    """Spectra are not stored: those here would take 32 MB."""
    setup = "import sigkit.network_input; x = np.ones((64, 256, 256), np.complex64)"
    assert scratch_of("sigkit.network_input.complex_channels(x, transform='fft2')", setup, warm=8) < 8 << 20


# ---------------------------------------------------------------------------------------------------- normalisation


@pytest.mark.parametrize("n", [1000, 300_000])  # a tile has all of it, or a part
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_large_mean_costs_nothing(dtype, n, rng):
    x = (rng.standard_normal((2, n)) + 1e6).astype(dtype)
    wide = x.astype(np.longdouble)
    expected = (wide - wide.mean(-1, keepdims=True)) / wide.std(-1, keepdims=True)
    bound = 4 * np.finfo(dtype).eps * abs(expected) + 8 * np.finfo(float).eps * 1e6
    assert_within(network_input.normalize(x), expected, bound, label=f"normalize, mean 1e6, {n}")


@pytest.mark.parametrize("method", ["zscore", "minmax", "peak", "rms"])
@pytest.mark.parametrize("n", [999, 300_001])
def test_normalized_to_what(method, n, rng):
    x = rng.standard_normal((1, n))
    for scale in (1.0, 1e-300, 1e300):
        y = network_input.normalize(x * scale, method)
        assert_within(y, network_input.normalize(x, method), 1e-13)
    one = {"zscore": y.std(), "minmax": np.ptp(y), "peak": abs(y).max(), "rms": np.sqrt(np.square(y).mean())}[method]
    assert abs(one - 1) < 1e-14
    if method == "zscore":
        assert_within(network_input.normalize(x), scipy.stats.zscore(x, axis=-1), 1e-13)


def test_constant_examples_become_zero():
    for value in (0.0, 0.1, 1e6 + 0.1, -1e-310):
        for dtype in (np.float32, np.float64):
            x = np.full((2, 70), value, dtype)
            for method in ("zscore", "minmax"):
                assert not network_input.normalize(x, method).any()
    assert not network_input.normalize(np.zeros(5), "peak").any() and not network_input.normalize([0], "rms").any()


def test_masked_samples_do_not_count(rng):
    for n in (50, 300_000):
        x = rng.standard_normal((2, n))
        mask = rng.random(n) < 0.5
        x[:, ~mask] = np.nan
        got = network_input.normalize(x, mask=mask)
        assert_within(got[:, mask], network_input.normalize(x[:, mask]), 1e-13)
        assert not got[:, ~mask].any()
        x[1, np.flatnonzero(mask)[3]] = -np.inf
        got = network_input.normalize(x, mask=mask)
        assert np.isnan(got[1, mask]).all() and not got[1, ~mask].any() and np.isfinite(got[0]).all()
    assert not network_input.normalize(x, mask=np.zeros(n, bool)).any()


@pytest.mark.parametrize("method, name", [("zscore", "StandardScaler"), ("minmax", "MinMaxScaler"),
                                          ("peak", "MaxAbsScaler")])  # fmt: skip
def test_normalizer_is_scikit_learns(method, name, rng):
    preprocessing = pytest.importorskip("sklearn.preprocessing")
    x = rng.normal(100, [1, 10, 0], (3000, 3))
    own, peer = network_input.Normalizer(method).fit(x), getattr(preprocessing, name)().fit(x)
    y = own.transform(x)
    assert_within(y[:, :2], peer.transform(x)[:, :2], 1e-11)
    assert not y[:, 2].any() or method == "peak"
    assert_within(own.inverse_transform(y), x, 1e-12)


def test_normalizer_in_pieces(rng, tmp_path):
    """Of batches, a map and an iterator: the statistics of all; a copy that went through a pickle has them too."""
    x = (rng.standard_normal((700, 2, 300)) * [[3], [5]] + 1e5).astype(np.float32)
    wide = x.astype(np.longdouble)
    mean, deviation = wide.mean((0, 2), keepdims=True), wide.std((0, 2), keepdims=True)
    np.save(tmp_path / "x.npy", x)
    whole = network_input.Normalizer(axis=(0, 2)).fit(np.load(tmp_path / "x.npy", mmap_mode="r"))
    batches = network_input.Normalizer(axis=(0, 2)).fit(x[i : i + 33] for i in range(0, 700, 33))
    masked = network_input.Normalizer(axis=(0, 2))
    for part in (x[:650], np.concatenate([x[650:], np.full((5, 2, 300), np.nan, np.float32)])):
        masked.partial_fit(part, np.isfinite(part))
    for one in (whole, batches, masked, pickle.loads(pickle.dumps(whole))):
        assert_within(one.center_, mean, 1e-9)
        assert_within(one.scale_, deviation, 1e-9)
        assert one.count_.tolist() == [[[210_000], [210_000]]]
    y = whole.transform(x[:9])
    assert y.dtype == np.float32
    assert_within(y, (wide[:9] - mean) / deviation, 1e-6 * 6)
    assert "fitted to 210000" in repr(whole) and "not fitted" in repr(network_input.Normalizer())


def test_normalizer_and_what_is_not_finite():
    x = np.array([[1.0, 1.0], [np.inf, 2.0], [3.0, 3.0]])
    for method in ("zscore", "minmax", "peak", "rms"):
        y = network_input.Normalizer(method).fit_transform(x)
        assert np.isnan(y[:, 0]).all() and np.isfinite(y[:, 1]).all()
        y = network_input.Normalizer(method).fit_transform(x, np.isfinite(x))
        assert y[1, 0] == 0 and np.isfinite(y).all()


# ---------------------------------------------------------------------------------------------------------- lengths


def test_random_places(rng):
    """Every place is taken, and a seed gives the same one; all lines are cut alike."""
    x = np.arange(8.0)
    starts = {network_input.fixed_length(x, 5, where="random", rng=rng)[0] for _ in range(100)}
    assert starts == {0.0, 1.0, 2.0, 3.0}
    ends = {int(network_input.fixed_length(x + 1, 10, how="pad", where="random", rng=rng).argmax()) for _ in range(100)}
    assert ends == {7, 8, 9}
    rows = network_input.fixed_length(np.stack([x, x]), 3, where="random", rng=7)
    assert (rows[0] == rows[1]).all() and (rows[0] == network_input.fixed_length(x, 3, where="random", rng=7)).all()


def test_crop_or_pad():
    for n in (3, 4, 5):
        got = network_input.fixed_length(np.arange(1.0, n + 1), 4, how="crop-or-pad")
        assert got.tolist() == [1, 2, 3, 4 if n > 3 else 0]


def test_resampled_sine():
    t = np.arange(1000) / 1000
    got = network_input.fixed_length(np.sin(2 * np.pi * 5 * t), 700, how="resample")
    assert abs(got - np.sin(2 * np.pi * 5 * np.arange(700) / 700))[50:-50].max() < 2e-3


@pytest.mark.parametrize("normalize", [None, "zscore"])
def test_padded_recordings_of_any_kind(normalize, rng, tmp_path):
    """Each lies in memory in another way; float16 and integers among them decide the dtype, not the numbers."""
    plain = [rng.standard_normal((n, 3)).astype(np.float32) for n in (5, 1, 9000, 17)]
    odd = [odd_arrays.lay_out(plain[0], "negative", "off by one", "swapped", "read-only"), plain[1].tolist(),
           odd_arrays.lay_out(plain[2], "F", "aligned", "native", "read-only"),
           odd_arrays.ACCEPTED["memmap"](plain[3], tmp_path)]  # fmt: skip
    odd[1] = np.array(odd[1], np.float32)
    for layout in (None, "first"):
        got = network_input.pad_batch(odd, normalize=normalize, layout=layout, fill_value=-1)
        expected = network_input.pad_batch(plain, normalize=normalize, layout=layout, fill_value=-1)
        for one, other in zip(got, expected, strict=True):
            assert_same_bits(one, other)
            assert one.flags.c_contiguous and one.flags.owndata
    assert network_input.pad_batch([plain[0], plain[1].astype(np.int16)]).samples.dtype == np.float32
    assert network_input.pad_batch([np.ones(2, np.float16)], 4).samples.tolist() == [[1, 1, 0, 0]]
    samples, lengths, mask = network_input.pad_batch([np.ones(0), np.ones(0)], normalize=normalize)
    assert samples.shape == mask.shape == (2, 0) and lengths.tolist() == [0, 0]
    assert network_input.pad_batch([np.ones((4, 0))], layout="first").samples.shape == (1, 0, 4)


def test_padded_as_torch_does(rng):
    torch = pytest.importorskip("torch", reason="torch is not installed: the `torch` extra brings it")
    items = [torch.from_numpy(rng.standard_normal((n, 2), np.float32)) for n in (30, 7, 12)]
    expected = torch.nn.utils.rnn.pad_sequence(items, batch_first=True, padding_value=3)
    samples, lengths, _ = network_input.pad_batch(items, fill_value=3)  # tensors are taken as they are
    assert_same_bits(samples, expected.numpy())
    packed = torch.nn.utils.rnn.pack_padded_sequence(
        torch.from_numpy(samples), torch.from_numpy(lengths), batch_first=True, enforce_sorted=False
    )
    assert packed.data.shape == (49, 2)
    assert network_input.normalize(items[0]).shape == (30, 2)
    assert network_input.as_sequences(expected, 1).shape == (3, 30, 2)
    with pytest.raises(TypeError, match="^x: "):
        network_input.normalize(torch.ones(3, requires_grad=True))


def test_sequences_are_transposed(rng):
    x = rng.standard_normal((720, 4, 256), np.float32)
    got = network_input.as_sequences(x, 2)
    assert_same_bits(got, np.ascontiguousarray(x.transpose(0, 2, 1)))
    assert not np.array_equal(got, x.reshape(720, 256, 4))
    assert_same_bits(network_input.as_sequences(x, -1, "first"), x)
    assert network_input.as_sequences(np.ones((3, 5)), 1).shape == (3, 5, 1)
    assert network_input.as_sequences(np.ones((5, 3, 2, 4)), 0).shape == (3, 5, 8)


# ---------------------------------------------------------------------------------------------------------- refusals


X = np.ones((3, 4))
BAD = [
    (lambda: network_input.complex_channels(Z, "IQ"), ValueError, "representation='IQ'"),
    (lambda: network_input.complex_channels(Z, layout=1), TypeError, "layout"),
    (lambda: network_input.complex_channels(Z, ndim=4), ValueError, "ndim=4"),
    (lambda: network_input.complex_channels(Z, ndim=1, transform="fft2"), ValueError, "ndim=1"),
    (lambda: network_input.complex_channels(Z, transform="fft"), ValueError, "transform='fft'"),
    (lambda: network_input.complex_channels(Z, origin="center"), ValueError, "origin='center'"),
    (lambda: network_input.complex_channels(Z, "log-polar", floor=0), ValueError, "floor=0"),
    (lambda: network_input.complex_channels(Z.astype("c8"), "log-polar", floor=1e-50), ValueError, "floor=1e-50"),
    (lambda: network_input.complex_channels(Z.astype("c8"), "log-polar", floor=1e50), ValueError, r"floor=1e\+50"),
    (lambda: network_input.complex_channels(Z[0, 0], transform="fft2"), ValueError, "z: .* 1 dim"),
    (lambda: network_input.complex_channels(Z[:, :0], transform="fft2"), ValueError, r"z: .*\(3, 0, 6\)"),
    (lambda: network_input.normalize(X, "z-score"), ValueError, "method='z-score'"),
    (lambda: network_input.normalize(X, axis=2), ValueError, "axis=2"),
    (lambda: network_input.normalize(X, axis=(0, -2)), ValueError, r"axis=\(0, -2\)"),
    (lambda: network_input.normalize(X, axis=()), ValueError, "axis="),
    (lambda: network_input.normalize(X, axis=True), TypeError, "axis"),
    (lambda: network_input.normalize(X, axis="0"), TypeError, "axis"),
    (lambda: network_input.normalize(X, mask=np.ones(3, bool)), ValueError, r"mask: shape \(3,\)"),
    (lambda: network_input.normalize(X, mask=np.ones(4)), TypeError, "mask: .*float64"),
    (lambda: network_input.normalize(Z), TypeError, "x: .*complex128"),
    (lambda: network_input.Normalizer().transform(X), ValueError, "fit"),
    (lambda: network_input.Normalizer().fit(X[:0]), ValueError, r"x: .*\(0, 4\)"),
    (lambda: network_input.Normalizer().fit(iter([])), ValueError, "x: .*none"),
    (lambda: network_input.Normalizer().fit(iter([X]), X > 0), TypeError, "mask"),
    (lambda: network_input.Normalizer("std"), ValueError, "method='std'"),
    (lambda: network_input.Normalizer(axis=2).fit(X), ValueError, "axis=2"),
    (lambda: network_input.Normalizer().fit(X).transform(np.ones((2, 5))), ValueError, r"x: shape \(2, 5\)"),
    (lambda: network_input.fixed_length(X, 5), ValueError, "x: .*length=5.*got 4"),
    (lambda: network_input.fixed_length(X, 3, how="pad"), ValueError, "x: .*length=3.*got 4"),
    (lambda: network_input.fixed_length(X, 0), ValueError, "length=0"),
    (lambda: network_input.fixed_length(X, 2.0), TypeError, "length"),
    (lambda: network_input.fixed_length(X, 2, where="end"), ValueError, "where='end'"),
    (lambda: network_input.fixed_length(X, 2, axis=2), ValueError, "axis=2"),
    (lambda: network_input.fixed_length(X, 2, rng="me"), TypeError, "rng"),
    (lambda: network_input.fixed_length(X[:, :0], 2, how="resample"), ValueError, r"x: .*\(3, 0\)"),
    (lambda: network_input.fixed_length(X, 10**15), ValueError, "x: .*length=1000"),
    (lambda: network_input.fixed_length(X, 10**18, how="pad"), ValueError, "length=1000"),
    (lambda: network_input.fixed_length(X, 9, how="pad", fill_value=1j), TypeError, "fill_value"),
    (lambda: network_input.frame(X, 5, 1), ValueError, "x: .*length=5"),
    (lambda: network_input.frame(X, 2, 0), ValueError, "hop=0"),
    (lambda: network_input.frame(1.0, 1, 1), ValueError, "x: .*scalar"),
    (lambda: network_input.pad_batch([]), ValueError, "arrays: .*none"),
    (lambda: network_input.pad_batch(3), ValueError, "arrays: .*scalar"),
    (lambda: network_input.pad_batch([1.0, 2.0]), ValueError, r"arrays\[0\]"),
    (lambda: network_input.pad_batch([X, X[0]]), ValueError, r"arrays\[1\]: .*\(4,\)"),
    (lambda: network_input.pad_batch([X, X.T]), ValueError, r"arrays\[1\]: .*\(4, 3\)"),
    (lambda: network_input.pad_batch([X, None]), TypeError, r"arrays\[1\]"),
    (lambda: network_input.pad_batch([X, np.ma.masked_array(X)]), TypeError, r"arrays\[1\]"),
    (lambda: network_input.pad_batch([X], 2), ValueError, "length=2"),
    (lambda: network_input.pad_batch([X], 10**18), ValueError, "length=1000"),
    (lambda: network_input.pad_batch([X + 0j], normalize="rms"), TypeError, r"arrays\[0\]"),
    (lambda: network_input.pad_batch([X], normalize=True), TypeError, "normalize"),
    (lambda: network_input.pad_batch([X], layout="NCHW"), ValueError, "layout='NCHW'"),
    (lambda: network_input.pad_batch([X.astype("f4")], fill_value=1e300), ValueError, r"fill_value=1e\+300"),
    (lambda: network_input.pad_batch(x for x in [X]), TypeError, "arrays"),
    (lambda: network_input.as_sequences(X[0], 0), ValueError, "x: .*got 1"),
    (lambda: network_input.as_sequences(X, 2), ValueError, "time_axis=2"),
    (lambda: network_input.as_sequences(X, None), TypeError, "time_axis"),
]  # fmt: skip


@pytest.mark.parametrize("call, error, words", BAD)
def test_bad_input(call, error, words):
    with pytest.raises(error, match=words):
        call()


def test_import_leaves_torch_alone():
    run_python("import sys, sigkit.network_input\nassert 'torch' not in sys.modules and 'scipy' not in sys.modules")


@pytest.mark.parametrize("method", ["minmax", "peak"])
def test_a_normalizer_of_subnormal_samples(method):
    x = np.array([[0.0], [1e-310], [2e-310]])
    assert_within(network_input.Normalizer(method).fit_transform(x), [[0], [0.5], [1]], 1e-12)


def test_a_normalizer_says_whether_it_is_fitted():
    scaler = network_input.Normalizer()
    assert not hasattr(scaler, "scale_")
    assert hasattr(scaler.fit([[1.0], [2.0]]), "scale_")
