"""The gate: dtypes in and out, what is exact, what is refused and in which words."""

import itertools
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from compare import assert_same_bits

import sigkit
from sigkit import _array

FLOATS = {
    # first, second: result
    ("float32", "float32"): "float32",
    ("float64", "float64"): "float64",
    ("complex64", "complex64"): "complex64",
    ("complex128", "complex128"): "complex128",
    ("float16", "float16"): "float32",
    ("float16", "float32"): "float32",
    ("float16", "float64"): "float64",
    ("float16", "complex64"): "complex64",
    ("float32", "float64"): "float64",
    ("float32", "complex64"): "complex64",
    ("float32", "complex128"): "complex128",
    ("float64", "complex64"): "complex128",
    ("float64", "complex128"): "complex128",
    ("complex64", "complex128"): "complex128",
}
WITH_INTEGERS = {
    ("bool", "float32"): "float32",
    ("int8", "float16"): "float32",
    ("int8", "float32"): "float32",
    ("uint16", "float32"): "float32",
    ("int16", "complex64"): "complex64",
    ("int32", "float32"): "float64",
    ("int64", "float16"): "float64",
    ("int64", "float32"): "float64",
    ("uint64", "float64"): "float64",
    ("int32", "complex64"): "complex128",
    ("int64", "complex64"): "complex128",
}
INTEGERS = ["bool", "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64"]
MIXED = {**FLOATS, **WITH_INTEGERS}
EXACT = dict.fromkeys(itertools.product(INTEGERS, repeat=2), "int64")
ROUNDED = dict.fromkeys(EXACT, "float64")

TWO = {
    "sliding_dot_product": lambda a, b: sigkit.sliding_dot_product(a, b),
    "correlate": lambda a, b: sigkit.correlate(a, b),
    "correlate, direct": lambda a, b: sigkit.correlate(a, b, "same", "direct"),
    "correlate, fft": lambda a, b: sigkit.correlate(a, b, "same", "fft"),
    "convolve": lambda a, b: sigkit.convolve(a, b),
    "convolve, axis": lambda a, b: sigkit.convolve(a[None], b, axis=-1),
    "convolve2d": lambda a, b: sigkit.convolve2d(a[None], b[None]),
    "correlate2d": lambda a, b: sigkit.correlate2d(a[None], b[None]),
    "correlate_bank": lambda a, b: sigkit.correlate_bank(a, b[None]),
}
ROUNDING = {
    "fftconvolve": lambda a, b: sigkit.fftconvolve(a, b),
    "oaconvolve": lambda a, b: sigkit.oaconvolve(a, b),
    "crosscorrelate, normalized": lambda a, b: sigkit.crosscorrelate(a, b, 1, normalize=True),
}
REAL_ONLY = {
    "sliding_pearson": lambda a, b: sigkit.sliding_pearson(a, b),
    "pearsonr": lambda a, b: sigkit.pearsonr(a, b).statistic,
}
ONE = {
    "autocorrelate": (lambda a: sigkit.autocorrelate(a, 1), "int64"),
    "autocorrelate, normalized": (lambda a: sigkit.autocorrelate(a, 1, normalize=True), "float64"),
    "corrcoef": (lambda a: sigkit.corrcoef(a[None]), "float64"),
}
TABLE = [
    *((name, call, a, b, result) for name, call in TWO.items() for (a, b), result in {**MIXED, **EXACT}.items()),
    *((name, call, a, b, result) for name, call in ROUNDING.items() for (a, b), result in {**MIXED, **ROUNDED}.items()),
    *(
        (name, call, a, b, result)
        for name, call in REAL_ONLY.items()
        for (a, b), result in {**MIXED, **ROUNDED}.items()
        if not result.startswith("complex")
    ),
]


@pytest.mark.parametrize("name", [*TWO, *ROUNDING, *REAL_ONLY])
def test_result_dtype_of_two(name):
    """Both ways round, for every pair of dtypes, also in the other byte order."""
    rows = [row for row in TABLE if row[0] == name]
    assert len(rows) >= len(EXACT)
    for _, call, first, second, expected in rows:
        for a, b in ((first, second), (second, first)):
            x, h = np.array([1, 0, 1, 1], a), np.array([1, 0, 1, 0], b)
            got = call(x, h).dtype
            assert got == expected and got.isnative, f"{a}, {b}"
            assert call(x.astype(x.dtype.newbyteorder()), h).dtype == expected, f"swapped {a}, {b}"


@pytest.mark.parametrize("name", ONE)
def test_result_dtype_of_one(name):
    call, integer = ONE[name]
    for dtype in ("float16", "float32", "float64", "complex64", "complex128", *INTEGERS):
        result = np.dtype({"float16": "float32"}.get(dtype, integer if dtype in INTEGERS else dtype))
        assert np.asarray(call(np.array([1, 0, 1], dtype))).dtype == result, dtype


@pytest.mark.parametrize("name", REAL_ONLY)
@pytest.mark.parametrize("dtype", ["complex64", "complex128"])
def test_complex_is_refused_where_it_has_no_meaning(name, dtype):
    x, z = np.arange(4.0), np.arange(4).astype(dtype)
    for a, b in ((x, z), (z, x), (z, z)):
        with pytest.raises(TypeError, match=f"real.*{dtype}"):
            REAL_ONLY[name](a, b)


def test_python_numbers_follow_their_arrays():
    assert sigkit.convolve([1, 2], [3, 4]).dtype == np.int64
    assert sigkit.convolve([1.0, 2], [3, 4]).dtype == np.float64
    assert sigkit.convolve([1j, 2], [3, 4]).dtype == np.complex128
    assert sigkit.convolve([True, False], [True]).dtype == np.int64


def test_integers_are_exact_where_floats_are_not():
    large = 2**53 + 1
    assert sigkit.convolve([large], [1]).tolist() == [large]
    assert sigkit.sliding_dot_product([large, -large], [1, 1]).tolist() == [0]
    assert sigkit.correlate(np.array([2**64 - 1], np.uint64), [1]).tolist() == [-1], "modulo 2^64, as int64"
    assert sigkit.convolve(np.array([-128, 127], np.int8), np.array([2], np.int8)).tolist() == [-256, 254]
    assert sigkit.convolve(np.array([200], np.uint8), np.array([2, 2], np.uint8)).tolist() == [400, 400]
    assert sigkit.convolve([True, True], [True, True]).tolist() == [1, 2, 1]


def test_half_precision_computes_in_single():
    """65504 is the largest float16: the sum is beyond it, and 2049 has a digit that float16 does not."""
    x = np.array([65504, 65504], np.float16)
    assert sigkit.sliding_dot_product(x, np.ones(2, np.float16)).tolist() == [131008]
    assert sigkit.convolve(np.array([2048, 1], np.float16), np.ones(2, np.float16)).tolist() == [2048, 2049, 1]


def test_denormals_are_numbers():
    tiny = np.float32(1e-45)
    assert sigkit.sliding_dot_product(np.full(3, tiny), np.ones(1, np.float32)).tolist() == [tiny] * 3
    assert sigkit.convolve(np.full(40, 5e-324), np.ones(3)).max() == 3 * 5e-324


MESSAGES = {
    "MaskedArray": (np.ma.masked_array([1.0, 2.0], [0, 1]), ("filled", "MaskedArray")),
    "matrix": (np.ones((1, 2)).view(np.matrix), ("np.asarray", "matrix")),
    "object": (np.array([1.0, None]), ("object",)),
    "longdouble": (np.ones(3, np.longdouble), (np.dtype(np.longdouble).name, "float64")),
    "datetime": (np.zeros(3, "M8[s]"), ("datetime64",)),
    "str": (["a", "b"], ("<U1",)),
    "structured": (np.zeros(3, "f8,f8"), ("[('f0', '<f8'), ('f1', '<f8')]",)),
}


@pytest.mark.parametrize("kind", MESSAGES)
def test_messages_say_what_to_do(kind):
    """The argument, what it is, and what it ought to be."""
    odd, words = MESSAGES[kind]
    fine = np.ones(2)
    for name, call in (
        ("signal", lambda: sigkit.sliding_dot_product(odd, fine)),
        ("template", lambda: sigkit.sliding_dot_product(fine, odd)),
        ("in2", lambda: sigkit.convolve(fine, odd)),
        ("in1", lambda: sigkit.fftconvolve(odd, fine)),
        ("templates", lambda: sigkit.correlate_bank(fine, odd)),
        ("template", lambda: sigkit.sliding_pearson(fine, odd)),
        ("y", lambda: sigkit.pearsonr(fine, odd)),
        ("x", lambda: sigkit.corrcoef(odd)),
        ("coefficients", lambda: sigkit.find_matches(odd, 0.5)),
    ):
        with pytest.raises(TypeError) as caught:
            call()
        for word in (name, *words):
            assert word in str(caught.value), str(caught.value)


def test_errors_of_array_protocols_are_told():
    """What an object raises while it becomes an array stands in the message."""

    class Broken:
        def __array__(self, dtype=None, copy=None):
            raise RuntimeError("disk on fire")

    with pytest.raises(TypeError, match="in1.*Broken.*disk on fire"):
        sigkit.convolve(Broken(), [1.0])


def test_out_of_an_overlapping_view_of_itself():
    """In place along any axis: as if the input had been copied first."""
    x = np.arange(40.0).reshape(8, 5)
    expected = sigkit.sliding_dot_product(x.copy(), np.array([1.0, 2.0]), axis=0)
    assert sigkit.sliding_dot_product(x, np.array([1.0, 2.0]), axis=0, out=x[1:]) is not x
    assert_same_bits(np.ascontiguousarray(x[1:]), expected)


def test_out_that_overlaps_itself_is_refused():
    x, one = np.arange(12.0).reshape(3, 4), np.array([1.0])
    for strides in ((8, 8), (16, 8), (0, 8), (-24, 8), (4, 16)):
        out = np.lib.stride_tricks.as_strided(np.zeros(100)[50:], (3, 4), strides)
        with pytest.raises(ValueError, match="out: expected elements of its own, got strides"):
            sigkit.sliding_dot_product(x, one, out=out)
    room = np.zeros((9, 20))
    for out in (room[::-3, ::2][:, :4], room.T[:4, 2:8:2].T, room[None, 3:6, -4:][0], room[:3, 19:11:-2]):
        assert sigkit.sliding_dot_product(x, one, out=out) is out
        assert_same_bits(np.ascontiguousarray(out), x)


def test_out_holds_the_template():
    x = np.arange(10.0)
    template = np.array([1.0, 2.0, 3.0])
    pool = np.zeros(8)
    pool[2:5] = template
    expected = sigkit.sliding_dot_product(x, template)
    assert_same_bits(sigkit.sliding_dot_product(x, pool[2:5], out=pool), expected)


def test_an_array_that_changes_size_is_held():
    """The buffer is exported while C reads it; afterwards the array may be resized again."""
    x = np.arange(100.0)
    sigkit.sliding_dot_product(x, np.ones(3))
    x.resize(200)
    assert x.shape == (200,)


def test_views_of_one_array_as_both_inputs():
    x = np.arange(1.0, 40.0)
    assert_same_bits(sigkit.correlate(x, x[::-2]), sigkit.correlate(x.copy(), x[::-2].copy()))


@pytest.mark.parametrize("value", [True, np.True_, "1", b"1", None, 1j, np.complex64(1), [1.0], np.ones(1), np.ones(2),
                                   np.ma.masked, np.ma.array(1.0), np.datetime64(1, "s"), {}], ids=repr)  # fmt: skip
def test_no_real_number(value):
    with pytest.raises(TypeError, match="x: expected a real number, got ") as caught:
        _array.real(value, "x")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("value", [3, 3.0, np.float16(3), np.int8(3), np.array(3), np.longdouble(3), Fraction(3),
                                   Decimal(3)], ids=repr)  # fmt: skip
def test_real_numbers(value):
    number = _array.real(value, "x", least=3, above=2, most=3)
    assert number == 3 and type(number) is float


@pytest.mark.parametrize("value, limits, says", [
    (np.nan, {}, "x=nan: expected a finite number"),
    (10**400, {}, "x=1000.*[.][.][.]: expected a finite number"),
    (Fraction(10**400), {}, "x=Fraction.*: expected a finite number"),
    (np.longdouble("1e400"), {}, "x=.*: expected a finite number"),
    (np.nan, {"least": 0, "finite": False}, "x=nan: expected a number, at least 0"),
    (10**400, {"most": 5, "finite": False}, "x=1.*: expected a number, at most 5"),
    (0, {"above": 0}, "x=0: expected a finite number above 0"),
    (3, {"least": 0, "most": 2}, "x=3: expected a finite number, at least 0 and at most 2"),
    (np.float64(3), {"above": 0, "most": 2}, "x=3.0: expected a finite number above 0, at most 2"),
])  # fmt: skip
def test_real_numbers_out_of_range(value, limits, says):
    with pytest.raises(ValueError, match=f"{says}$"):
        _array.real(value, "x", **limits)


def test_a_number_of_more_digits_than_python_writes():
    with pytest.raises(ValueError, match=r"x=\(int\): expected a finite number$"):
        _array.real(-(10**5000), "x")
    with pytest.raises(ValueError, match=r"x=\(int\): expected at least 0$"):
        _array.index(-(10**5000), "x", 0)


def test_infinity_where_it_is_allowed():
    assert _array.real(10**400, "x", least=0, finite=False) == np.inf == -_array.real(-np.inf, "x", finite=False)
    assert np.isnan(_array.real(np.nan, "x", finite=False))
