"""Coefficients and covariances over the samples that both rows have, against long double and pandas."""

import warnings

import numpy as np
import pytest
import reference_pearson
from compare import assert_same_bits, assert_within
from hard_signals import BOUND, SIGNALS

import sigkit
from sigkit import _array


def lose(x, fraction, rng):
    x = x.copy()
    x[rng.random(x.shape) < fraction] = np.nan
    return x


def omitted(x, y=None, **keywords):
    return sigkit.corrcoef(x, y, nan_policy="omit", **keywords)


def first_half_or_second(x, rng):
    """Of every other row the first half is lost: of a row of both kinds what is common is half of one."""
    x = x.copy()
    x[::2, : x.shape[1] // 2] = np.nan
    return lose(x, 0.1, rng)


def outliers_alone(x, rng):
    """Each row has the largest samples of the others lost, and none of its own."""
    x = x.copy()
    at = np.argsort(-abs(x - np.median(x, axis=1, keepdims=True)), axis=1)[:, :5]
    for i in range(len(x)):
        others = np.setdiff1d(np.delete(at, i, axis=0), at[i])
        x[i, others] = np.nan
    return x


def few_in_common(x, rng):
    """Rows take turns: what two neighbours share is a few samples, side by side."""
    x = x.copy()
    n = x.shape[1]
    for i, row in enumerate(x):
        row[np.arange(n) < i * n // 8], row[np.arange(n) > (i + 1) * n // 8 + 6] = np.nan, np.nan
    return x


LOSSES = {
    "5 %": lambda x, rng: lose(x, 0.05, rng),
    "half": lambda x, rng: lose(x, 0.5, rng),
    "95 %": lambda x, rng: lose(x, 0.95, rng),
    "halves": first_half_or_second,
    "outliers": outliers_alone,
    "few": few_in_common,
    "none": lambda x, rng: x,
    "one": lambda x, rng: np.where(np.arange(x.size).reshape(x.shape) == 60, np.nan, x),
}


@pytest.mark.parametrize("name", SIGNALS)
@pytest.mark.parametrize("loss", LOSSES)
def test_bound_holds_whatever_is_missing(loss, name, rng):
    n = 400
    clean = np.stack([SIGNALS[name](n, 50, rng) for _ in range(6)])
    for dtype in ("float32", "float64"):
        x = LOSSES[loss](clean, rng).astype(dtype)
        r, counts = omitted(x, return_counts=True)
        expected = reference_pearson.corrcoef(x, nan_policy="omit")
        assert r.dtype == dtype
        assert_within(r, expected, BOUND[r.dtype], label=f"missing {dtype}")
        defined = ~np.isnan(r)
        assert (abs(r[defined]) <= 1).all() and (np.diagonal(r)[np.diagonal(defined)] == 1).all()
        assert_same_bits(r, r.T)
        there = ~np.isnan(x)
        assert np.array_equal(counts, there.astype(int) @ there.T.astype(int))
        assert_within(omitted(x[:2], x[2:], cross=True), expected[:2, 2:], BOUND[r.dtype])


@pytest.mark.parametrize("fraction", [0.05, 0.6])
@pytest.mark.parametrize("n", [2, 63, 64, 65, 1500, 40_000])
def test_agrees_with_pandas(n, fraction, rng):
    """Also which pairs `min_periods` leaves out, for every number there is: pandas tells its counts in no other way."""
    pandas = pytest.importorskip("pandas")
    x = lose(rng.standard_normal((9, n)).cumsum(axis=1) / np.sqrt(n), fraction, rng)
    x[3, : n - 2], x[4] = np.nan, np.nan
    frame = pandas.DataFrame(x.T)
    r, counts = omitted(x, return_counts=True)
    assert_within(r, frame.corr().to_numpy(), 2e-12)
    c, same = sigkit.cov(x, nan_policy="omit", return_counts=True)
    assert_within(c, frame.cov().to_numpy(), 1e-12)
    assert np.array_equal(same, counts)
    for least in np.unique(np.concatenate([counts.ravel(), counts.ravel() + 1])):
        if least > 0:
            kept = ~np.isnan(frame.cov(min_periods=least).to_numpy())
            assert np.array_equal(~np.isnan(sigkit.cov(x, nan_policy="omit", min_count=least)), kept)
            assert np.array_equal(~np.isnan(omitted(x, min_count=least)), ~np.isnan(frame.corr(min_periods=least)))


def test_many_rows(rng):
    """More than share a transposed block, or a list: 530 of them, and a number that is no multiple of anything."""
    pandas = pytest.importorskip("pandas")
    x = lose(rng.standard_normal((530, 70)), 0.1, rng)
    x[:, 3:] += x[:, :-3]
    r, counts = omitted(x, return_counts=True)
    there = ~np.isnan(x)
    assert_within(r, pandas.DataFrame(x.T).corr().to_numpy(), 1e-12)
    assert np.array_equal(counts, there.astype(int) @ there.T.astype(int))
    across = omitted(x[:37], x, cross=True)
    assert_within(across, r[:37], 1e-14)


@pytest.mark.parametrize("name", SIGNALS)
@pytest.mark.parametrize("loss", ["5 %", "halves", "outliers", "few"])
def test_covariances_too(loss, name, rng):
    """Within the bound times the norms that the two rows have over their common samples."""
    x = LOSSES[loss](np.stack([SIGNALS[name](300, 50, rng) for _ in range(5)]), rng)
    expected = reference_pearson.cov(x, nan_policy="omit")
    bound = np.zeros((5, 5), np.longdouble)
    for i, j in np.ndindex(5, 5):
        both = ~(np.isnan(x[i]) | np.isnan(x[j]))
        if np.isfinite(x[i][both]).all() and np.isfinite(x[j][both]).all() and both.sum() > 1:
            own = reference_pearson.cov(x[[i, j]][:, both])
            bound[i, j] = 1e-12 * np.sqrt(own[0, 0] * own[1, 1])
    assert_within(sigkit.cov(x, nan_policy="omit"), expected, bound, label="missing cov float64")


def test_where_pandas_is_off(rng):
    """Two rows whose common samples are constant in one, in value 0.1: undefined, whatever is left by rounding."""
    x = rng.standard_normal((2, 100))
    x[0, :60], x[1, 60:] = 0.1, np.nan
    assert np.isnan(omitted(x)[0, 1]) and omitted(x)[0, 0] == omitted(x)[1, 1] == 1
    x[0, 59] = np.nextafter(0.1, 1)
    from_zero = x[:, :60] - [[0.1], [0]]  # exact; even a long double has too few digits for a mean of 0.1
    assert_within(omitted(x)[0, 1], reference_pearson.corrcoef(from_zero)[0, 1], 1e-12)
    assert np.isnan(omitted(np.full((2, 5), 1e-310))).all()


def test_small_overlap_at_a_large_offset(rng):
    """What is common is nearly equal, and 1e-6 of what is not."""
    x = rng.standard_normal((40, 3000)) * 1e6
    x[:, :50] = 1e6 + rng.standard_normal((40, 50))
    for i, row in enumerate(x):
        row[50:] = np.where(np.arange(2950) % 40 == i, row[50:], np.nan)
    bound = {"float64": 1e-12, "float32": 1e-6}
    for dtype in bound:
        some = x.astype(dtype)
        assert_within(omitted(some), reference_pearson.corrcoef(some, nan_policy="omit"), bound[dtype])


def test_pairs_are_done_again_only_where_they_must(monkeypatch, rng):
    done = []
    common_pairs = _array.common_pairs
    monkeypatch.setattr(
        _array, "common_pairs", lambda *arguments: (done.append(arguments[4].shape[1]), common_pairs(*arguments))
    )
    x = rng.standard_normal((20, 2000)) + 1e6
    for fraction in (0.05, 0.5, 0.9):
        omitted(lose(x, fraction, rng))
    assert not done
    spikes = outliers_alone(np.where(rng.random(x.shape) < 0.002, 1e9, x), rng)
    omitted(spikes)
    assert sum(done) > 100


@pytest.mark.parametrize("value", [np.inf, -np.inf])
def test_infinity_is_a_sample(value, rng):
    """It spoils the pairs whose common samples hold it, and no other: pandas would leave it out."""
    x = lose(rng.standard_normal((6, 300)), 0.2, rng)
    x[:, 7] = rng.standard_normal(6)
    clean, counts = omitted(x, return_counts=True)
    there = ~np.isnan(x)
    x[2, 100] = value
    r, same = omitted(x, return_counts=True)
    touched = np.zeros((6, 6), bool)
    touched[2], touched[:, 2] = there[:, 100], there[:, 100]
    touched[2, 2] = True
    assert np.array_equal(np.isnan(r), touched)
    now = ~np.isnan(x)
    assert np.array_equal(same, now.astype(int) @ now.T.astype(int))
    if there[2, 100]:
        assert_within(r[~touched], clean[~touched], 0 if not touched.any() else 1e-12)
    assert np.array_equal(np.isnan(sigkit.cov(x, nan_policy="omit")), touched)
    del counts


@pytest.mark.parametrize("dtype", ["complex64", "complex128"])
def test_complex_samples_are_missing_whole(dtype, rng):
    x = rng.standard_normal((5, 301)) + 1j * rng.standard_normal((5, 301)) + 1e3
    x[1] += 1j * x[0]
    x = x.astype(dtype)
    x.real[rng.random(x.shape) < 0.1] = np.nan
    x.imag[rng.random(x.shape) < 0.1] = np.nan
    x[3].real[~np.isnan(x[3])] = 2.5  # one part of it constant
    bound = BOUND[x.real.dtype]
    expected = reference_pearson.corrcoef(x, nan_policy="omit")
    assert_within(omitted(x), expected, bound)
    assert_within(omitted(x).T.conj(), omitted(x), bound)
    assert_within(
        sigkit.cov(x, nan_policy="omit"), reference_pearson.cov(x, nan_policy="omit"), 4 * bound, label="missing cov"
    )
    y = lose(rng.standard_normal((3, 301)), 0.2, rng)
    both = reference_pearson.corrcoef(x, y.astype(dtype), nan_policy="omit")
    assert_within(omitted(x, y, dtype=dtype), both, bound)
    assert_within(omitted(x, y, cross=True, dtype=dtype), both[:5, 5:], bound)
    assert_within(omitted(y, x, cross=True, dtype=dtype), both[5:, :5], bound)


def test_complex_pairs_done_again(rng):
    x = rng.standard_normal((6, 200)) + 1j * rng.standard_normal((6, 200))
    x = outliers_alone(np.where(rng.random(x.shape) < 0.01, 1e6j, 1) * x, rng)
    assert_within(omitted(x), reference_pearson.corrcoef(x, nan_policy="omit"), 1e-12)
    y = x.real.copy()
    both = reference_pearson.corrcoef(x, y.astype(complex), nan_policy="omit")
    assert_within(omitted(x, y, cross=True), both[:6, 6:], 1e-12)
    assert_within(omitted(y, x, cross=True), both[6:, :6], 1e-12)


def test_windows_and_layouts(rng):
    x = lose(rng.standard_normal((3, 2, 4, 90)) + 1e6, 0.2, rng)
    r, counts = omitted(x, return_counts=True)
    assert r.shape == counts.shape == (3, 2, 4, 4)
    for i in np.ndindex(3, 2):
        one, of_one = omitted(x[i], return_counts=True)
        assert_same_bits(r[i], one)
        assert np.array_equal(counts[i], of_one)
    assert_same_bits(omitted(np.asfortranarray(x).swapaxes(2, 3), rowvar=False), r)
    assert_same_bits(omitted(x[..., ::-1].astype(">f8")[..., ::-1]), r)
    c = sigkit.cov(x, nan_policy="omit", ridge=0.5, shrinkage=0.25)
    plain = sigkit.cov(x, nan_policy="omit")
    mean = np.trace(plain, axis1=-2, axis2=-1)[..., None, None] / 4
    assert_within(c, 0.75 * plain + (0.25 * mean + 0.5) * np.eye(4), 1e-14)


def test_nothing_in_common_and_nobody_warned(rng):
    x = np.full((3, 6), np.nan)
    x[0, :3], x[1, 3:] = [1, 2, 4], [3, 1, 2]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        r, counts = omitted(x, return_counts=True)
        c = sigkit.cov(x, nan_policy="omit")
        assert np.isnan(omitted(np.full((2, 3), np.nan))).all()
        assert np.isnan(omitted(np.empty((2, 0)))).all()
        assert omitted(np.empty((0, 3))).shape == (0, 0)
        assert omitted([1, np.nan, 3]) == 1 and np.isnan(omitted([1, np.nan]))
    assert np.array_equal(counts, [[3, 0, 0], [0, 3, 0], [0, 0, 0]])
    assert np.array_equal(np.isnan(r), ~np.eye(3, dtype=bool) | (np.arange(3) == 2))
    assert np.array_equal(np.isnan(c), np.isnan(r))
    assert sigkit.corrcoef([1, 2, 4], return_counts=True) == (1, 3)


@pytest.mark.parametrize(
    ("keywords", "message"),
    [
        ({"aweights": np.ones(4)}, "nan_policy='omit': expected no fweights or aweights"),
        ({"shrinkage": "oas"}, "shrinkage='oas': expected a number"),
    ],
)
def test_refuses(keywords, message):
    with pytest.raises(ValueError, match=message):
        sigkit.cov(np.ones((2, 4)), nan_policy="omit", **keywords)
