"""Pairs of rows over the samples that both have: pairwise deletion."""

from typing import NamedTuple

import numpy as np

from sigkit import _array, _row_products

# Sums over common samples are differences of other sums, and variances are differences of these. They are used where
# one part in so many is left or more, by the precision of the result: errors then are so many times those of the sums,
# which stay far below 1e-13.
_LEFT = {_array.FLOAT32: 2.0**20, _array.FLOAT64: 16.0}
# Rows of x whose pairs are done again side by side.
_TOGETHER = 8


class CommonMoments(NamedTuple):
    """Of each row of x with each row of y, times 2**(x_exponents[i] + y_exponents[j])."""

    counts: np.ndarray
    """How many samples neither row lacks."""
    products: np.ndarray
    """The sum over them of dx conj(dy), each about its mean over them."""
    x_squares: np.ndarray
    """The sum of |dx|**2; exactly 0 where x is constant in them."""
    y_squares: np.ndarray
    undefined: np.ndarray
    """Whether there are none, or one of them is infinite."""
    x_exponents: np.ndarray
    y_exponents: np.ndarray


class _Side(NamedTuple):
    """Rows (p, n), centred, with parts one after the other: what is missing or infinite is 0, and said by bits."""

    rows: np.ndarray
    z: np.ndarray
    parts: int
    finite: np.ndarray
    present: np.ndarray
    counts: np.ndarray
    squares: np.ndarray
    exponents: np.ndarray


def by_windows(matrix, arrays, dtype, cross, least):
    """(matrices, counts) of matrix(x, y, dtype, least) for each window of the arrays; y is None for x with itself."""
    if not cross and len(arrays) == 2:
        arrays = [np.concatenate(arrays, axis=-2, dtype=np.result_type(*arrays))]
    *batch, p, _ = arrays[0].shape
    shape = (*batch, p, arrays[-1].shape[-2])
    matrices, counts = np.empty(shape, dtype), np.empty(shape, np.int64)
    for window in np.ndindex(*batch):
        x, y = arrays[0][window], arrays[1][window] if cross else None
        if counts[window].size:
            matrices[window], counts[window] = matrix(x, y, dtype, least)
    return matrices, counts


def common_moments(x, y, dtype):
    """The moments of the rows of x with those of y, or with each other where that is None."""
    if x.shape[1] == 0:
        x, y = (a if a is None else np.full((len(a), 1), np.nan) for a in (x, y))
    one = _side(x)
    two = one if y is None else _side(y)
    p, q = len(x), len(two.rows)
    counts = _common(one.finite, two.finite)
    undefined = counts == 0
    if not (np.array_equal(one.finite, one.present) and np.array_equal(two.finite, two.present)):
        present = _common(one.present, two.present)
        undefined |= counts < present
    else:
        present = counts
    x_sums, x_squares, x_power = _sums_over(one, two)
    y_sums, y_squares, y_power = (x_sums, x_squares, x_power) if y is None else _sums_over(two, one)
    # last of all: when it is done, the threads of BLAS go on waiting at full speed for a while
    gram = np.empty((p * one.parts, q * two.parts))
    _row_products.products(one.z, two.z, gram)
    products = _joined(gram.reshape(p, one.parts, q, two.parts).transpose(1, 3, 0, 2))
    total = np.maximum(counts, 1)
    products -= _joined(x_sums[:, None] * y_sums[None].swapaxes(-1, -2) / total)
    x_squares -= (x_sums**2).sum(0) / total
    y_squares = x_squares.T.copy() if y is None else (y_squares - (y_sums**2).sum(0) / total.T).T
    left = _LEFT[_array.REAL_OF[dtype]]
    with np.errstate(invalid="ignore", over="ignore"):
        x_bad = ~(x_power * np.sqrt(one.counts[:, None] / total) <= left * x_squares)
        y_bad = x_bad.T if y is None else ~(y_power.T * np.sqrt(two.counts / total) <= left * y_squares)
    few = counts < 2
    for sums in (products, x_squares, y_squares):
        sums[few] = 0
    bad = np.nonzero((x_bad | y_bad) & ~few & (np.tri(p, dtype=bool).T if y is None else True))
    if bad[0].size:
        # a row of y meets several of x while it is in the cache
        order = np.lexsort((bad[0], bad[1], bad[0] // _TOGETHER))
        bad = bad[0][order], bad[1][order]
        products[bad], x_squares[bad], y_squares[bad] = _from_samples(one, two, bad)
        if y is None:
            products.T[bad] = products[bad].conj()
            x_squares.T[bad], y_squares.T[bad] = y_squares[bad], x_squares[bad]
    return CommonMoments(present, products, x_squares, y_squares, undefined, one.exponents, two.exponents)


def _side(x):
    p, n = x.shape
    parts = 2 if x.dtype.kind == "c" else 1
    z = np.empty((p, parts, n))
    finite, present = np.empty((2, p, -(-n // 64)), np.uint64)
    info = _array.center_rows(x, z, unit=False, bits=(finite, present))
    exponents, counts, squares = info[:, 0].astype(np.int64), info[:, 1], info[:, 2 : 2 + parts].T
    return _Side(x, z.reshape(p * parts, n), parts, finite, present, counts, squares, exponents)


def _common(one, two):
    counts = np.empty((len(one), len(two)), np.int64)
    _array.common_counts(one, two, counts)
    return counts


def _joined(parts):
    """a conj(b) from the products of their parts: parts[k, l] is that of part k of a with part l of b."""
    real = parts[0, 0].copy()
    imaginary = np.zeros_like(real)
    if len(parts) == 2:
        imaginary += parts[1, 0]
    if parts.shape[1] == 2:
        imaginary -= parts[0, 1]
    if parts.shape[:2] == (2, 2):
        real += parts[1, 1]
    return real if parts.shape[:2] == (1, 1) else real + 1j * imaginary


def _sums_over(one, two):
    """Of each row of `one` over the samples that it shares with each of `two`: sums (of each part), squares; and the
    squares that these were made from."""
    shape = one.parts, len(one.rows), len(two.rows)
    n = one.z.shape[1]
    sums, squares = np.zeros((2, one.z.shape[0], shape[2]))
    listed = two.counts * 2 < n
    if (two.counts < n).any():
        _array.listed_sums(one.z, two.finite, listed, sums, squares)
    sums, squares = (a.reshape(shape[1], shape[0], shape[2]).swapaxes(0, 1) for a in (sums, squares))
    sums = np.where(listed, sums, -sums)  # those of a whole row are 0: it is centred
    whole = np.broadcast_to(one.squares[..., None], shape)
    squares = np.where(listed, squares, whole - squares).sum(0)
    return sums, squares, np.where(listed, squares, whole.sum(0))


def _from_samples(one, two, pairs):
    """(products, squares, squares) of pairs of rows, each from its own samples, about its own means."""
    products = np.empty((one.parts, two.parts, pairs[0].size))
    x_squares, y_squares = np.zeros((2, pairs[0].size))
    for k, m in np.ndindex(one.parts, two.parts):
        moments = np.empty((pairs[0].size, 3))
        of_parts = np.stack([pairs[0] * one.parts + k, pairs[1] * two.parts + m]).astype(np.int64)
        _array.common_pairs(
            (one.rows, two.rows),
            (one.parts, two.parts),
            (one.finite, two.finite),
            (np.ldexp(1.0, one.exponents), np.ldexp(1.0, two.exponents)),
            of_parts,
            moments,
        )
        products[k, m] = moments[:, 2]
        if m == 0:
            x_squares += moments[:, 0]
        if k == 0:
            y_squares += moments[:, 1]
    return _joined(products), x_squares, y_squares
