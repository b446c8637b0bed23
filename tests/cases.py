"""One row per public function: how to call it, what it must return, how exactly.

Rows drive `test_invariants.py` (which see for what every function must stand), `test_layout.py` (a public function
without a row fails) and, by the names of their groups, the benchmarks. A new function is one oracle of the same name in
`reference.py` and one row here; a method or a boundary that takes another path through the code is another row.
"""

import dataclasses
import functools
import importlib
from collections.abc import Callable

import numpy as np
import reference
import reference_filters
import reference_layers
import reference_network_input
import reference_pearson
from compare import arrays_of

HALF, SINGLE, DOUBLE = np.float16, np.float32, np.float64
REAL = (SINGLE, DOUBLE)
FLOATING = (SINGLE, DOUBLE, np.complex64, np.complex128)
INTEGERS = (np.bool_, np.uint8, np.int16, np.uint32, np.int64, np.uint64)
EVERY = (*FLOATING, HALF, *INTEGERS)
REALS = (*REAL, HALF, *INTEGERS)


# ------------------------------------------------------------------------------------------------ result dtypes


def floating(*dtypes):
    """float16 computes in float32; integers in float64; all others as they are, mixed ones as np.result_type says."""
    dtype = np.result_type(*dtypes)
    if dtype.kind in "biu":
        return np.dtype(DOUBLE)
    return np.dtype(SINGLE) if dtype == HALF else dtype


def exact(*dtypes):
    """As `floating`, but integers are exact in int64."""
    return np.dtype(np.int64) if all(np.dtype(d).kind in "biu" for d in dtypes) else floating(*dtypes)


def index(*dtypes):
    return np.dtype(np.int64)


def text(*dtypes):
    return np.dtype("<U6")


# ------------------------------------------------------------------------------------------------------- bounds
# bound(case, positional, keywords) -> the largest error allowed, elementwise, of the first result


def direct(case, positional, keywords):
    """(min(m, 256) + 2) eps sum|a||b|: the oracle itself counts the m products of an output and sums their sizes."""
    eps = case.eps(positional)
    terms = case.oracle(*case.with_arrays(positional, lambda x: np.ones(x.shape)), **keywords)
    size = case.oracle(*case.with_arrays(positional, lambda x: abs(reference.widen(x, exact=False))), **keywords)
    return (np.minimum(terms, 256) + 2) * eps * size


def transformed(case, positional, keywords):
    """8 eps log2(N) ||block|| ||taps||, with the whole input for the block: what it may cost at most."""
    eps = case.eps(positional)
    norms, size = 1.0, 2
    for x in case.inputs(positional):
        finite = np.where(np.isfinite(x), x, 0).ravel().astype(np.clongdouble)
        norms, size = norms * np.sqrt(np.vdot(finite, finite).real), size + x.size
    return 8 * eps * np.log2(2 * size) * norms


def either(case, positional, keywords):
    """A method that is free to choose."""
    return np.maximum(direct(case, positional, keywords), transformed(case, positional, keywords))


def normalized(case, positional, keywords):
    """Sums within (min(m, 256) + 2) eps of the product of norms, over norms as exact as that, and the division."""
    terms = max(x.size for x in case.inputs(positional))
    return (2 * (min(terms, 256) + 2) + 2) * case.eps(positional)


def equal(case, positional, keywords):
    return 0


# --------------------------------------------------------------------------------------------------------- rows


@dataclasses.dataclass(frozen=True)
class Case:
    name: str
    """module.function, or module.function:variant."""
    arguments: Callable
    """(dtype, rng, n) -> (positional, keywords); n is about the number of samples of the first array."""
    bound: Callable
    dtypes: tuple = FLOATING
    """What the first array may be; every other numeric dtype must be refused."""
    result_dtype: Callable = floating
    """(dtypes of the arrays) -> dtype of the first result."""
    arrays: tuple = (0, 1)
    """Which positional arguments are arrays."""
    unpack: Callable = arrays_of
    """What the function returns -> the arrays that the oracle gives."""
    columns: bool = False
    """Whether the last axis but one is what lies side by side in memory, as librosa has it."""
    out: bool = False
    """Whether there is an `out=`."""
    parallel: bool = True
    """Whether enough work takes a team of threads; false where BLAS or one transform does it."""
    bench: tuple = ()
    """The groups of the benchmarks that measure it."""

    @property
    def module(self):
        return self.name.partition(".")[0]

    @property
    def function_name(self):
        return self.name.partition(".")[2].partition(":")[0]

    @functools.cached_property
    def function(self):
        return getattr(importlib.import_module(f"sigkit.{self.module}"), self.function_name)

    @property
    def oracle(self):
        return getattr(ORACLES.get(self.module, reference), self.function_name)

    def inputs(self, positional):
        return [positional[i] for i in self.arrays]

    def input_dtypes(self, positional):
        return [np.asarray(x).dtype for x in self.inputs(positional)]

    def eps(self, positional):
        """The precision of the first result; that of the exact ones multiplies nothing."""
        dtype = self.result_dtype(*self.input_dtypes(positional))
        return np.finfo(dtype).eps if dtype.kind in "fc" else 0

    def with_arrays(self, positional, change):
        return [change(x) if i in self.arrays else x for i, x in enumerate(positional)]

    def call(self, positional, keywords):
        return self.unpack(self.function(*positional, **keywords))

    def expect(self, positional, keywords):
        """The oracle's results, and the bounds on their errors."""
        results = arrays_of(self.oracle(*positional, **keywords))
        bounds = arrays_of(self.bound(self, positional, keywords))
        return [(r, bounds[i] if i < len(bounds) else 0) for i, r in enumerate(results)]

    def __str__(self):
        return self.name


def samples(rng, dtype, *shape):
    """Standard normal, or any value that the integer dtype has."""
    dtype = np.dtype(dtype)
    if dtype.kind == "b":
        return rng.random(shape) < 0.5
    if dtype.kind in "iu":
        limits = np.iinfo(dtype)
        return rng.integers(limits.min, limits.max, shape, dtype, endpoint=True)
    if dtype.kind == "c":
        return (rng.standard_normal(shape) + 1j * rng.standard_normal(shape)).astype(dtype)
    return rng.standard_normal(shape).astype(dtype)


def line_and_taps(taps=7, **keywords):
    """A line of n samples, and taps of the same dtype, no longer than the line."""
    return lambda dtype, rng, n: ((samples(rng, dtype, n), samples(rng, dtype, min(n, taps))), keywords)


def image_and_kernel(rows=3, columns=4, **keywords):
    def arguments(dtype, rng, n):
        height = max(int(np.sqrt(n)), 1)
        width = max(n // height, 1)
        kernel = samples(rng, dtype, min(height, rows), min(width, columns))
        return (samples(rng, dtype, height, width), kernel), keywords

    return arguments


def line_and_bank(dtype, rng, n):
    return (samples(rng, dtype, n), samples(rng, dtype, 3, min(n, 5))), {}


def complex_line_and_real_taps(dtype, rng, n):
    (signal, taps), keywords = line_and_taps()(dtype, rng, n)
    return (signal, taps.real.copy()), keywords


def columns_and_taps(dtype, rng, n):
    return (samples(rng, dtype, max(n // 3, 1), 3), samples(rng, dtype, min(max(n // 3, 1), 4))), {"axis": 0}


def wide_rows_and_taps(**keywords):
    """Rows wide enough for the kernel across rows, and enough of them for several of its tiles."""

    def arguments(dtype, rng, n):
        rows = n if n <= 400 else n // 20
        return (samples(rng, dtype, rows, 20), samples(rng, dtype, min(rows, 7))), {"axis": 0, **keywords}

    return arguments


def rows_and_rows(dtype, rng, n):
    return (samples(rng, dtype, 2, n), samples(rng, dtype, 3, 1, min(n, 5))), {"axis": -1, "mode": "same"}


def one_line(*more, **keywords):
    return lambda dtype, rng, n: ((samples(rng, dtype, n), *more), keywords)


def two_lines(**keywords):
    return lambda dtype, rng, n: ((samples(rng, dtype, n), samples(rng, dtype, n)), keywords)


def few_lags(length, **keywords):
    """The work of a whole line, the output of a few lags; a short line has fewer."""
    return lambda dtype, rng, n: (
        tuple(samples(rng, dtype, n) for _ in range(length)),
        {"max_lag": min(n - 1, 9), **keywords},
    )


ORACLES = {
    "filters": reference_filters,
    "layers": reference_layers,
    "network_input": reference_network_input,
    "pearson": reference_pearson,
}
"""Where they are not in reference.py: namesakes of the oracles there."""

CORR1D = tuple(f"corr1d-{variant}" for variant in (3, 31, 128, 257, "f64", "batch"))

CASES = [
    Case("correlation.sliding_dot_product", line_and_taps(), direct, EVERY, exact, out=True, bench=CORR1D),
    Case("correlation.sliding_dot_product:axis 0", columns_and_taps, direct, EVERY, exact, out=True),
    Case(
        "correlation.sliding_dot_product:rows",
        wide_rows_and_taps(),
        direct,
        EVERY,
        exact,
        out=True,
        bench=("corr1d-batch-axis0",),
    ),
    Case(
        "correlation.sliding_dot_product:real taps",
        complex_line_and_real_taps,
        direct,
        (np.complex64, np.complex128),
        out=True,
        bench=("corr1d-c64",),
    ),
    Case("correlation.sliding_dot_product:long taps", line_and_taps(300), either, EVERY, exact, out=True),
    Case(
        "correlation.correlate",
        line_and_taps(),
        either,
        EVERY,
        exact,
        bench=("corr1d-1025", "corr1d-10000"),
    ),
    Case("correlation.correlate:direct", line_and_taps(mode="same", method="direct"), direct, EVERY, exact),
    Case("correlation.correlate:fft", line_and_taps(40, mode="same", method="fft"), transformed, EVERY, exact),
    Case("correlation.correlate:broadcast", rows_and_rows, either, EVERY, exact),
    Case("correlation.convolve", line_and_taps(), either, EVERY, exact, bench=("call-overhead",)),
    Case("correlation.convolve:rows", wide_rows_and_taps(method="direct"), direct, EVERY, exact),
    Case("correlation.convolve:2-D", image_and_kernel(method="direct"), direct, EVERY, exact),
    Case("correlation.convolve:fft", line_and_taps(40, method="fft"), transformed, EVERY, exact),
    Case("correlation.convolve:2-D fft", image_and_kernel(9, 12, method="fft"), transformed, EVERY, exact),
    Case("correlation.fftconvolve", line_and_taps(40), transformed, EVERY),
    Case("correlation.fftconvolve:2-D", image_and_kernel(mode="same"), transformed, EVERY),
    Case("correlation.oaconvolve", line_and_taps(40), transformed, EVERY),
    Case("correlation.convolve2d", image_and_kernel(), either, EVERY, exact),
    Case("correlation.convolve2d:wrap", image_and_kernel(mode="same", boundary="wrap"), either, EVERY, exact),
    Case("correlation.correlate2d", image_and_kernel(mode="valid"), either, EVERY, exact),
    Case("correlation.correlate2d:symm", image_and_kernel(20, 20, boundary="symm"), either, EVERY, exact),
    Case("correlation.choose_conv_method", line_and_taps(), equal, EVERY, text, parallel=False),
    Case(
        "correlation.correlation_lags",
        lambda dtype, rng, n: ((n, 3), {"mode": "same"}),
        equal,
        (DOUBLE,),
        index,
        arrays=(),
        parallel=False,
    ),
    Case("correlation.correlate_bank", line_and_bank, either, EVERY, exact, out=True, bench=("corr-bank",)),
    Case("correlation.autocorrelate", few_lags(1), either, EVERY, exact, arrays=(0,), bench=("corr-lags",)),
    Case("correlation.autocorrelate:all lags", one_line(), either, EVERY, exact, arrays=(0,), parallel=False),
    Case("correlation.autocorrelate:normalized", few_lags(1, normalize=True), normalized, EVERY, arrays=(0,)),
    Case("correlation.crosscorrelate", few_lags(2), either, EVERY, exact),
    Case("correlation.crosscorrelate:normalized", few_lags(2, normalize=True), normalized, EVERY),
]

# The rows of other modules stand in files of their own, which take `Case` and the bounds from here.
for _part in (
    "features", "filter_design", "filters", "layers", "match", "multirate", "network_input", "pearson", "spectral",
    "windows",
):  # fmt: skip
    CASES += importlib.import_module(f"cases_{_part}").ROWS


SIZES = (1, 2, 5, 33, 400)


def calls(cases=CASES, sizes=SIZES, seed=0):
    """(label, case, positional, keywords) for every row, dtype and size: the same in every process that asks."""
    for number, case in enumerate(cases):
        for dtype in case.dtypes:
            for n in sizes:
                rng = np.random.default_rng([seed, number, n, np.dtype(dtype).num])
                yield f"{case.name} {np.dtype(dtype)} n={n}", case, *case.arguments(dtype, rng, n)


def results(sizes=SIZES, seed=0):
    """What sigkit returns for every call, by label; what one process computes, another can compare."""
    return {label: case.call(positional, keywords) for label, case, positional, keywords in calls(CASES, sizes, seed)}
