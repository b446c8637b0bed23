"""Filters of large images: no copy of one is made."""

import sys

import processes
import pytest

THREADS = 2
LIMIT = THREADS * 16 * 2**20


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc/self/status")
@pytest.mark.parametrize(
    "call, dtype",
    [
        ("gaussian_filter(x, 3)", "uint8"),
        ("gaussian_filter(x, 40)", "float32"),
        ("gaussian_laplace(x, 3)", "float32"),
        ("gaussian_gradient_magnitude(x, 2)", "int16"),
        ("correlate(x, np.outer([1, 2, 1, 1, 3], [1, 0, 3, 1, 1]) + np.eye(5))", "uint8"),
        ("correlate(x, np.random.default_rng(0).random((41, 41)), output=np.float32)", "float32"),
        ("laplace(x)", "float32"),
        ("laplace(x.T, mode='wrap')", "float32"),
        ("uniform_filter(x, 51)", "uint16"),
        ("median_filter(x, 3)", "float32"),
        ("median_filter(x, 15)", "uint8"),
        ("maximum_filter(x, 101)", "uint8"),
        ("bilateral_filter(x, 1.0)", "uint8"),
    ],
)
def test_scratch_is_bounded(call, dtype):
    """No more than 16 MiB for each thread beside the output, with 40 MB and more of input."""
    setup = f"x = np.ones((20_000, {2000 if dtype == 'uint8' else 1000}), np.{dtype}); x[::2] = 0"
    assert processes.scratch_of(f"sigkit.filters.{call}", setup, threads=THREADS, warm=700) <= LIMIT
