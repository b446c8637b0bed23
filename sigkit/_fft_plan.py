"""The tables of the Fourier transform in csrc/kernels/fft.tmpl.c: factors, places, twiddles; made once per length.

Angles are reduced to an eighth of a turn before their sine is taken, so that every table value is within an ulp.
"""

import functools
from typing import NamedTuple

import numpy as np

from sigkit import _core

LONGEST = 1 << 15
"""Points of the longest transform: of overlap-save, where a block of 2 n real samples makes n points."""


def is_smooth(n):
    """Whether n has no prime factor above 7."""
    for prime in (2, 3, 5, 7):
        while n > 1 and n % prime == 0:
            n //= prime
    return n == 1


def lanes(dtype):
    """Reals of `dtype` (complex: of its real type) in a vector of the active kernels."""
    return _core.vector_bytes() // np.dtype(dtype).type(0).real.itemsize


def within_one(n, dtype):
    """Whether one transform of n points can be spread over the lanes."""
    return is_smooth(n) and n % lanes(dtype) ** 2 == 0 and n <= LONGEST


def radices(n):
    """Factors of a smooth n for the passes, the first pass first: as few as can be, none above 16."""
    odd = []
    for prime in (3, 5, 7):
        while n % prime == 0:
            odd.append(prime)
            n //= prime
    twos = n.bit_length() - 1
    passes = -(-twos // 4)
    exponents = [twos // passes + (i >= passes - twos % passes) for i in range(passes)] if passes else []
    return [1 << e for e in exponents] + odd or [1]


def roots(k, n):
    """e^(-2 pi i k / n) for integers k, in float64, each part within an ulp."""
    k = np.asarray(k) % n
    octant, rest = np.divmod(8 * k, n)
    flip = octant % 2 == 1
    angle = np.where(flip, n - rest, rest) * (np.pi / 4) / n
    c, s = np.cos(angle), np.sin(angle)
    c, s = np.where(flip, s, c), np.where(flip, c, s)
    quarter = octant // 2
    turns = np.array([1, 1j, -1, -1j])[quarter]
    re = np.where(quarter % 2 == 0, turns.real * c, -turns.imag * s)
    im = np.where(quarter % 2 == 0, turns.real * s, turns.imag * c)
    return re - 1j * im


def _interleaved(values, dtype):
    """Scalars: real and imaginary parts in turn."""
    return np.ascontiguousarray(values).view(np.float64).astype(dtype).ravel()


def _in_vectors(values, width, dtype):
    """Vectors of real parts and of imaginary parts in turn."""
    rows = np.ascontiguousarray(values).reshape(-1, width)
    return np.stack([rows.real, rows.imag], axis=1).astype(dtype).ravel()


@functools.lru_cache(maxsize=128)
def _tables(n, real, width):
    rows = n // width if width else n
    factors = radices(rows)
    # Decimation in time: samples are grouped by their index modulo the last radix, those by the one before ...
    place, twiddles, length = np.zeros(1, np.int64), [], factors[0]
    for radix in factors[1:]:
        place = np.add.outer(place, length * np.arange(radix)).ravel()
        i, k = np.arange(length)[:, None], np.arange(1, radix)
        twiddles.append(_interleaved(roots(i * k, length * radix), real))
        length *= radix
    columns = twist = np.zeros(1, real)
    if width:
        row, column = np.arange(rows).reshape(-1, 1, width), np.arange(1, width)[:, None]
        columns = _in_vectors(roots(row * column, n), width, real)
        twist = _in_vectors(roots(-np.arange(n), 4 * n), width, real)
    twiddles = np.concatenate(twiddles) if twiddles else np.zeros(1, real)
    return _core.FFTPlan(n, rows, tuple(factors), place.astype(np.int32), twiddles, columns, twist)


def lane_is_frame(n, dtype):
    """The plan of a smooth n with which as many frames as lanes are transformed at once."""
    return _tables(n, np.dtype(dtype).type(0).real.dtype, 0)


def within(n, dtype):
    """The plan of an n (see `within_one`) that spreads one transform over the lanes."""
    return _tables(n, np.dtype(dtype).type(0).real.dtype, lanes(dtype))


def block(m, size, dtype):
    """(points, samples) of a block under m taps that give `size` outputs: eight times the taps, or one for all."""
    parts = 1 if np.dtype(dtype).kind == "c" else 2
    samples = min(max(1 << (8 * m - 1).bit_length(), 1024 * parts), LONGEST * parts)
    whole = 1 << (size + m - 2).bit_length()
    points = max(min(samples, whole) // parts, lanes(dtype) ** 2)
    return points, points * parts


def overlap_save(m, size, dtype):
    """The plan for such blocks."""
    return within(block(m, size, dtype)[0], dtype)


LARGEST_IMAGE = 1 << 22
"""Bytes of the largest block of an image."""
CACHED_IMAGE = 1 << 19
"""Bytes of a block whose spectra stay in a second-level cache."""


class ImageBlock(NamedTuple):
    rows: int
    columns: int
    time: float
    """Of all blocks, in radix-2 steps of a point."""


@functools.lru_cache(maxsize=1024)
def image_block(m, sizes, dtype):
    """The blocks under m[0] by m[1] taps that give `sizes` outputs soonest; None where the taps are too many."""
    item, parts = dtype.itemsize, 1 if dtype.kind == "c" else 2
    fewest = lanes(dtype) ** 2 * parts
    best = None
    for rows in (1 << e for e in range(1, 13)):
        for columns in (1 << e for e in range(4, 14)):
            steps = rows - m[0] + 1, columns - m[1] + 1
            if min(steps) < 1 or columns < fewest or rows * columns * item > LARGEST_IMAGE:
                continue
            blocks = -(-sizes[0] // steps[0]) * -(-sizes[1] // steps[1])
            slower = 1.0 if rows * columns * item <= CACHED_IMAGE else 1.5
            time = blocks * rows * columns / parts * (np.log2(rows * columns) + 4) * slower
            if best is None or time < best.time:
                best = ImageBlock(rows, columns, time)
    return best


def overlap_save_2d(m, sizes, dtype):
    """The plans (across, down) for such blocks."""
    block = image_block(m, sizes, dtype)
    return within(block.columns // (1 if dtype.kind == "c" else 2), dtype), lane_is_frame(block.rows, dtype)
