"""A first call of everything, for places where the test-suite cannot run: old CPUs under an emulator, a bare wheel.

    python tools/smoke.py [ISA]

Every result is an integer or a quotient of small integers, so the comparison with NumPy is for equality or one
rounding. With ISA given, the kernels in use must be the ones of that name.
"""

import sys

import numpy as np

import sigkit
from sigkit import _core

REALS = (np.float32, np.float64)
COMPLEX = (np.complex64, np.complex128)
INTEGERS = (np.uint8, np.int16, np.int64)


def small_integers(n: int, dtype) -> np.ndarray:
    """Whole numbers from -7 to 8 in a fixed order: their sums of products are exact in every dtype."""
    values = (np.arange(n) * 37 % 16 - 7).astype(np.float64)
    if np.dtype(dtype).kind == "c":
        values = values + 1j * values[::-1]
    return values.astype(np.int64).astype(dtype) if np.dtype(dtype).kind in "iu" else values.astype(dtype)


def check_correlation() -> int:
    calls = 0
    for dtype in REALS + COMPLEX + INTEGERS:
        wide = np.int64 if np.dtype(dtype).kind in "iu" else dtype
        for n, m in ((1, 1), (40, 3), (1000, 31), (5000, 129)):
            x, h = small_integers(n, dtype), small_integers(m, dtype)
            x_wide, h_wide = x.astype(wide), h.astype(wide)
            for mode in ("full", "same", "valid"):
                np.testing.assert_array_equal(sigkit.convolve(x, h, mode, "direct"), np.convolve(x_wide, h_wide, mode))
                correlated = sigkit.correlate(x, h, mode, "direct")
                np.testing.assert_array_equal(correlated, np.correlate(x_wide, h_wide, mode))
                calls += 2
    return calls


def check_pearson() -> int:
    calls = 0
    for dtype, bound in ((np.float32, 1e-6), (np.float64, 1e-12)):  # the documented error of sliding_pearson
        signal = (small_integers(5000, dtype) + 1000).astype(dtype)
        signal[700] += 50
        template = signal[650:778].copy()
        r = sigkit.sliding_pearson(signal, template)
        exact = [np.corrcoef(signal[i : i + 128].astype(np.float64), template)[0, 1] for i in (0, 650, 4872)]
        np.testing.assert_allclose(r[[0, 650, 4872]], exact, rtol=0, atol=bound)
        calls += 1
    return calls


def main(arguments: list[str]) -> int:
    if arguments and arguments[0] != _core.isa_active():
        print(f"smoke: the kernels in use are {_core.isa_active()}, expected {arguments[0]}")
        return 1
    calls = check_correlation() + check_pearson()
    print(f"smoke: {calls} calls right, ISA {_core.isa_active()}, OpenMP {_core.OPENMP}, from {sigkit.__file__}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
