"""What every public function promises whatever it computes, checked for each row of cases.py."""

import concurrent.futures
import gc
import inspect
import itertools
import multiprocessing
import os
import pathlib
import pickle
import subprocess
import sys
import threading
import tracemalloc

import cases
import numpy as np
import odd_arrays
import pytest
from compare import arrays_of, assert_same_bits, assert_within

import sigkit
from sigkit import _core

# pearsonr warns of constant input as SciPy does, cov of a single observation as NumPy does; here such input is routine.
pytestmark = [
    pytest.mark.filterwarnings("ignore:Degrees of freedom:RuntimeWarning"),
    pytest.mark.filterwarnings("ignore::scipy.stats.ConstantInputWarning"),
    pytest.mark.filterwarnings("ignore::scipy.stats.NearConstantInputWarning"),
]

CASES = cases.CASES
WITH_ARRAYS = [case for case in CASES if case.arrays]
each = pytest.mark.parametrize("case", CASES, ids=str)
each_with_arrays = pytest.mark.parametrize("case", WITH_ARRAYS, ids=str)
each_with_out = pytest.mark.parametrize("case", [case for case in CASES if case.out], ids=str)
each_parallel = pytest.mark.parametrize("case", [case for case in CASES if case.parallel], ids=str)

NUMERIC = [np.dtype(t) for t in (*cases.EVERY, np.int8, np.uint16, np.int32)]
ENOUGH = 200_000  # samples that fall into several tiles


def outcome(case, positional, keywords):
    """(results, None), or (None, the TypeError or ValueError's text) with nothing kept alive by a traceback."""
    try:
        return case.call(positional, keywords), None
    except (TypeError, ValueError) as error:
        return None, f"{type(error).__name__}: {error}"


def parameter(case, number):
    return list(inspect.signature(case.function).parameters)[number]


def replaced(positional, number, value):
    return [value if i == number else x for i, x in enumerate(positional)]


def references(objects):
    """How often each is referred to; None is shared by all."""
    return [sys.getrefcount(x) for x in objects if x is not None]


def check(case, positional, keywords, message=""):
    """The call agrees with the oracle; its result is the caller's own; its input is as it was."""
    inputs = case.inputs(positional)
    before = [x.tobytes() for x in inputs]
    counts = references(inputs)
    results = case.call(positional, keywords)
    assert references(inputs) == counts, f"references to an input kept or dropped {message}"
    assert [x.tobytes() for x in inputs] == before, f"an input was written to {message}"
    expected = case.expect(positional, keywords)
    assert len(results) == len(expected)
    assert results[0].dtype == case.result_dtype(*case.input_dtypes(positional)), message
    for result, (values, bound) in zip(results, expected, strict=True):
        assert_within(result, values, bound, message, label=f"{case} {results[0].dtype}")
    return results


# ------------------------------------------------------------------------------------------------ right answers


@pytest.mark.parametrize("case, dtype", [pytest.param(c, d, id=f"{c} {np.dtype(d)}") for c in CASES for d in c.dtypes])
def test_agrees_with_the_oracle(case, dtype, rng):
    for n in cases.SIZES:
        positional, keywords = case.arguments(dtype, rng, n)
        check(case, positional, keywords, f"{n=}")


@each
def test_results_are_fresh(case, rng):
    positional, keywords = case.arguments(case.dtypes[0], rng, 33)
    for result in arrays_of(case.function(*positional, **keywords)) if case.unpack is arrays_of else ():
        assert type(result) is np.ndarray
        assert (result.mT if case.columns else result).flags.c_contiguous
        assert result.flags.aligned and result.flags.writeable
        assert result.flags.owndata and result.dtype.isnative
        assert not any(np.shares_memory(result, x) for x in case.inputs(positional))


@each_with_arrays
@pytest.mark.parametrize("strides", odd_arrays.STRIDES)
def test_layout_changes_no_bit(case, strides, rng):
    for dtype, number in itertools.product((case.dtypes[0], case.dtypes[-1]), case.arrays):
        positional, keywords = case.arguments(dtype, rng, 33)
        for layout in odd_arrays.LAYOUTS:
            laid = odd_arrays.lay_out(positional[number], strides, *layout)
            plain = np.array(laid, laid.dtype.newbyteorder("="), order="C")
            before, counts = laid.tobytes(), references([laid])
            arguments = replaced(positional, number, laid)
            got = case.call(arguments, keywords)
            del arguments
            message = f"{np.dtype(dtype)} {' '.join(layout)}"
            assert references([laid]) == counts and laid.tobytes() == before, message
            assert_same_bits(got, case.call(replaced(positional, number, plain), keywords), message)


@each_with_arrays
@pytest.mark.parametrize("kind", odd_arrays.ACCEPTED)
def test_array_likes(case, kind, rng, tmp_path):
    """The right answer, or an exception that names the argument."""
    dtype = case.dtypes[0]
    for number in case.arrays:
        positional, keywords = case.arguments(dtype, rng, 33)
        odd = odd_arrays.ACCEPTED[kind](positional[number], tmp_path)
        arguments = replaced(positional, number, odd)
        results, error = outcome(case, arguments, keywords)
        if error:
            assert kind not in odd_arrays.WITH_ANSWER, error
            assert parameter(case, number) in error, error
            continue
        assert all(type(result) is np.ndarray for result in results)
        plain = replaced(positional, number, np.asarray(odd))
        for result, (values, bound) in zip(results, case.expect(plain, keywords), strict=True):
            assert_within(result, values, bound, kind)


# ------------------------------------------------------------------------------------------------------ refusals


def assert_refused(case, number, odd, positional, keywords, kind):
    arguments = replaced(positional, number, odd)
    arrays = [odd, *case.inputs(positional)]  # a small int is everybody's
    counts = references(arrays)
    results, error = outcome(case, arguments, keywords)
    assert error, f"{kind} accepted: {results}"
    assert error.startswith("TypeError"), f"{kind}: {error}"
    assert parameter(case, number) in error, f"{kind}: {parameter(case, number)} is not named in {error}"
    assert references(arrays) == counts, f"{kind}: references kept by the exception"


@each_with_arrays
def test_refused(case, rng):
    positional, keywords = case.arguments(case.dtypes[0], rng, 33)
    for number, (kind, make) in itertools.product(case.arrays, odd_arrays.REFUSED.items()):
        assert_refused(case, number, make(positional[number]), positional, keywords, kind)


@each_with_arrays
def test_dtypes_without_a_row_are_refused(case, rng):
    positional, keywords = case.arguments(case.dtypes[0], rng, 33)
    first = case.arrays[0]
    signed = {np.dtype(d).kind for d in case.dtypes} & set("biu")
    for dtype in NUMERIC:
        if dtype not in case.dtypes and not (signed and dtype.kind in "iu") and dtype != cases.HALF:
            odd = np.ones(positional[first].shape, dtype)
            if all(np.dtype(d).kind == "c" for d in case.dtypes):
                continue  # a row about complex input: other rows of the function have the real one
            assert_refused(case, first, odd, positional, keywords, dtype)


# ----------------------------------------------------------------------------------------------------------- out


@each_with_out
def test_out_is_written_and_returned(case, rng):
    for dtype in case.dtypes:
        positional, keywords = case.arguments(dtype, rng, 33)
        expected = case.function(*positional, **keywords)
        for strides in ("C", "F", "sliced", "negative"):
            out = odd_arrays.lay_out(np.ones_like(expected), strides, "aligned", "native", "writeable")
            counts = references([out])
            assert case.function(*positional, **keywords, out=out) is out
            assert references([out]) == counts
            assert_same_bits(out, expected, strides)


@each_with_out
@pytest.mark.parametrize("shift", [-3, -1, 0, 1, 3])
def test_out_may_overlap_an_input(case, shift, rng):
    for dtype, number in itertools.product(cases.FLOATING, case.arrays):
        if dtype not in case.dtypes:
            continue
        positional, keywords = case.arguments(dtype, rng, 400)
        expected = case.function(*positional, **keywords)
        x = positional[number]
        if x.dtype != expected.dtype:
            continue
        pool = np.zeros(max(x.size, expected.size) + 3, x.dtype)
        shared = pool[max(-shift, 0) :][: x.size].reshape(x.shape)
        out = pool[max(shift, 0) :][: expected.size].reshape(expected.shape)
        shared[...] = x
        assert np.shares_memory(shared, out)
        assert case.function(*replaced(positional, number, shared), **keywords, out=out) is out
        assert_same_bits(out, expected)
        # and backwards: the writing runs against the reading
        shared[...] = x[..., ::-1]
        assert case.function(*replaced(positional, number, shared[..., ::-1]), **keywords, out=out) is out
        assert_same_bits(out, expected)


@each_with_out
def test_bad_out_is_refused(case, rng):
    positional, keywords = case.arguments(case.dtypes[0], rng, 33)
    good = case.function(*positional, **keywords)
    read_only = good.copy()
    read_only.flags.writeable = False
    bad = {
        "longer": (np.empty((*good.shape[:-1], good.shape[-1] + 1), good.dtype), "ValueError"),
        "shorter": (good[..., :-1].copy(), "ValueError"),
        "more axes": (good[None].copy(), "ValueError"),
        "0-d": (np.empty((), good.dtype), "ValueError"),
        "dtype": (np.ones(good.shape, np.float16), ("TypeError", "ValueError")),
        "wider": (good.astype(np.result_type(good, np.complex128)), ("TypeError", "ValueError")),
        "byte order": (good.astype(good.dtype.newbyteorder()), ("TypeError", "ValueError")),
        "read-only": (read_only, "ValueError"),
        "list": (good.tolist(), "TypeError"),
        "MaskedArray": (np.ma.masked_array(good), "TypeError"),
        "bytearray": (bytearray(good.tobytes()), "TypeError"),
    }
    if good.size > 1:
        shared = np.lib.stride_tricks.as_strided(good.copy(), good.shape, (0,) * good.ndim)
        bad["elements that share memory"] = (shared, "ValueError")
    for kind, (out, expected) in bad.items():
        before = out.tobytes() if isinstance(out, np.ndarray) else bytes(str(out), "ascii")
        _, error = outcome(case, positional, {**keywords, "out": out})
        assert error and error.startswith(expected) and "out" in error, f"{kind}: {error}"
        assert before == (out.tobytes() if isinstance(out, np.ndarray) else bytes(str(out), "ascii")), kind


# ------------------------------------------------------------------------------- instruction sets and processes


@pytest.fixture(scope="session")
def here():
    """Every call's result in this process."""
    return cases.results()


def results_with(isa):
    """The results of every row of cases, computed in a process of its own."""
    code = (
        f"import sys; sys.path.insert(0, {str(pathlib.Path(__file__).parent)!r})\n"
        "import pickle, warnings, cases, sigkit._core\n"
        "warnings.simplefilter('ignore')\n"
        "pickle.dump((sigkit._core.isa_active(), cases.results()), sys.stdout.buffer)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, "SIGKIT_ISA": isa}, capture_output=True, timeout=200
    )
    assert done.returncode == 0, done.stderr.decode()
    active, results = pickle.loads(done.stdout)
    assert active == isa
    return results


def test_instruction_sets_agree(capsys):
    """Each within the bound of the oracle."""
    there = {isa: results_with(isa) for isa in _core.isa_detected()}
    labels = []
    for label, case, positional, keywords in cases.calls():
        oracle = case.expect(positional, keywords)
        labels.append(label)
        for isa in there:
            for result, (values, bound) in zip(there[isa][label], oracle, strict=True):
                assert_within(result, values, bound, f"{label} {isa}", label=f"{case} ISA {isa}")
    with capsys.disabled():
        for i, isa in enumerate(there):
            assert list(there[isa]) == labels
            print(f"\n{i + 1} of {len(_core.isa_compiled())} ISAs checked: {isa}")


def _send_results(connection):
    # A child of `spawn` has neither this process's filters nor its modules.
    import warnings

    warnings.simplefilter("ignore")
    with connection:
        connection.send(cases.results())


@pytest.mark.parametrize("method", multiprocessing.get_all_start_methods())
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_start_methods_give_the_same_bits(method, here, parallel):
    """Also after this process has used OpenMP, whose threads a fork does not copy."""
    sigkit.sliding_dot_product(np.ones(ENOUGH), np.ones(50))
    context = multiprocessing.get_context(method)
    receiver, sender = context.Pipe(duplex=False)
    child = context.Process(target=_send_results, args=(sender,))
    child.start()
    sender.close()
    try:
        assert receiver.poll(100), "the child hangs"
        there = receiver.recv()
        child.join(20)
        assert child.exitcode == 0
    finally:
        child.kill()
        child.join()
    assert there.keys() == here.keys()
    for label in here:
        assert_same_bits(there[label], here[label], label)


# ------------------------------------------------------------------------------------------------------- threads


@each_parallel
def test_any_number_of_workers_gives_the_same_bits(case, rng, parallel):
    for dtype in (d for d in cases.FLOATING if d in case.dtypes):
        positional, keywords = case.arguments(dtype, rng, ENOUGH)
        with sigkit.set_workers(1):
            expected = case.call(positional, keywords)
        for workers in (2, 3, 8):
            with sigkit.set_workers(workers):
                assert_same_bits(case.call(positional, keywords), expected, f"{workers} workers, {dtype.__name__}")
    if _core.OPENMP:
        assert max(parallel) > 1, "no call used a team: this test compared nothing"


@each
def test_eight_threads_at_once(case, rng, parallel):
    positional, keywords = case.arguments(case.dtypes[0], rng, 20_000)
    expected = case.call(positional, keywords)
    barrier = threading.Barrier(8)

    def work(_):
        barrier.wait()
        return [case.call(positional, keywords) for _ in range(3)]

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        for got in itertools.chain(*pool.map(work, range(8))):
            assert_same_bits(got, expected)


# --------------------------------------------------------------------------------------------------- NaN and Inf


@each_with_arrays
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_nonfinite_samples_stay_in_their_windows(case, value, rng):
    lengths = (33, 400) if np.isnan(value) else (33,)  # an oracle takes its time
    for dtype, n in itertools.product((d for d in cases.FLOATING if d in case.dtypes), lengths):
        for number in case.arrays:
            for where in (0, 0.4, 1):
                positional, keywords = case.arguments(dtype, rng, n)
                x = positional[number].ravel()
                x[int(where * (x.size - 1))] = value
                odd = replaced(positional, number, x.reshape(positional[number].shape))
                check(case, odd, keywords, f"{np.dtype(dtype)} n={n} {value} at {where} of argument {number}")


# -------------------------------------------------------------------------------------------------------- memory


@pytest.fixture(autouse=True)
def no_allocation_left():
    """Whatever a test of this file did, sigkit has freed all it took."""
    before = _core.allocations()
    yield
    _core.fail_allocation(0)
    assert _core.allocations() == before


@each
@pytest.mark.parametrize("sticky", [False, True], ids=["once", "from then on"])
def test_allocation_failure(case, sticky, rng):
    """The n-th allocation fails, n = 1, 2, ... until the call succeeds."""
    positional, keywords = case.arguments(case.dtypes[0], rng, 400)
    expected = case.call(positional, keywords)
    idle = _core.allocations()
    for n in itertools.count(1):
        assert n < 1000, "the call never succeeds"
        _core.fail_allocation(-n if sticky else n)
        try:
            got = case.call(positional, keywords)
        except MemoryError:
            assert _core.allocations() == idle, f"leaked when allocation {n} failed"
        else:
            break
        finally:
            _core.fail_allocation(0)
        assert_same_bits(case.call(positional, keywords), expected, f"the call after failure {n}")
    assert_same_bits(got, expected)


def test_some_allocations_failed():
    """A canary of the test above, which a hook that does nothing would pass."""
    x = np.ones(1000)
    _core.fail_allocation(1)
    with pytest.raises(MemoryError):
        sigkit.sliding_pearson(x, x[:100])


def resident():
    return int(pathlib.Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@each
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc/self/statm")
def test_memory_stays_flat(case, rng):
    """Hundreds of calls, and as many refused ones, leave nothing behind."""
    positional, keywords = case.arguments(case.dtypes[0], rng, 100)
    bad = replaced(positional, case.arrays[0], None) if case.arrays else ["no", "numbers"]

    def run(times, arguments):
        for _ in range(times):
            outcome(case, arguments, keywords)

    run(50, positional)
    run(50, bad)
    clear_caches = getattr(sys, "_clear_internal_caches", None) or sys._clear_type_cache
    before = resident()
    run(150, positional)
    run(150, bad)
    gc.freeze()  # collections need not look at all that was there before
    tracemalloc.start()
    try:
        growth, traced = np.inf, 0
        for _ in range(12):  # the interpreter's free lists fill with traced objects first; what leaks does so always
            run(50, positional)
            gc.collect()
            clear_caches()  # of attributes: it keeps names that NumPy makes anew in every call
            now = tracemalloc.get_traced_memory()[0]
            growth, traced = min(growth, now - traced), now
            if growth < 50 * 16:
                break
    finally:
        tracemalloc.stop()
        gc.unfreeze()
    assert growth < 50 * 16, f"{growth} bytes in 50 calls: the smallest object has 16"
    assert resident() - before < 2**20
