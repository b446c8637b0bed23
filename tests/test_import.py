"""What `import sigkit` costs and what it leaves alone: everything that belongs to the process and not to sigkit."""

import json
import os
import re
import statistics
import subprocess
import sys

import numpy as np
import pytest
from processes import finish, run_python, start_python, watched_teams

import sigkit
from sigkit import _core

# ----------------------------------------------------------------------------------------------------------- cost


def test_import_brings_numpy_alone():
    code = """
import json, sys
import sigkit
assert "scipy" not in sys.modules
names = {name.partition(".")[0] for name, module in sys.modules.items() if getattr(module, "__file__", None)}
print(json.dumps(sorted(names)))
"""
    modules = set(json.loads(run_python(code))) - set(sys.stdlib_module_names)
    # What an interpreter imports by itself (an editable install's finder, a coverage hook) is not sigkit's doing.
    own = set(json.loads(run_python(code.replace("import sigkit\nassert", "import numpy\nassert"))))
    assert modules - own == {"sigkit"}


def test_import_time(capsys):
    """Measured and printed; the bound is kept by the import-time check of `.ci/run`, on a machine that is idle."""
    code = """
import time
import numpy
start = time.perf_counter()
import sigkit
print(time.perf_counter() - start)
"""
    seconds = statistics.median(float(run_python(code)) for _ in range(3))
    with capsys.disabled():
        print(f"\nimport sigkit: {seconds * 1e3:.1f} ms beyond NumPy")
    assert seconds > 0


def test_first_use_from_many_threads():
    """The lazy top level: every thread gets the function, whoever comes first."""
    run_python("""
import concurrent.futures, threading
import sigkit
barrier = threading.Barrier(8)
def first(_):
    barrier.wait(20)
    return sigkit.correlate([1, 2, 3], [1, 1], "valid").tolist(), sigkit.get_workers() >= 1
with concurrent.futures.ThreadPoolExecutor(8) as pool:
    assert list(pool.map(first, range(8))) == [([3, 5], True)] * 8
""")


def test_import_outside_of_the_main_thread():
    run_python("""
import importlib, threading
imported = []
thread = threading.Thread(target=lambda: imported.append(importlib.import_module("sigkit").show_config()))
thread.start()
thread.join()
assert imported == [None]
""")


# ---------------------------------------------------------------------------------------------- left as it was

STATE = """
import ctypes, decimal, gc, locale, os, random, signal, sys, threading, warnings
import numpy as np
import scipy.fft, scipy.special  # beforehand: what their import changes is SciPy's doing
import threadpoolctl

def handler(number):
    return str(signal.getsignal(number))

def state():
    libm = ctypes.CDLL(None)
    generator = np.random.get_state()
    return {
        "warnings filters": [str(f) for f in warnings.filters],
        "showwarning": warnings.showwarning.__qualname__,
        "signal handlers": [handler(number) for number in signal.valid_signals()],
        "alarm": signal.getitimer(signal.ITIMER_REAL),
        "random": random.getstate(),
        "np.random": (generator[0], generator[1].tobytes(), *generator[2:]),
        "np.errstate": np.geterr(),
        "np.printoptions": str(np.get_printoptions()),
        "np.bufsize": np.getbufsize(),
        "rounding": libm.fegetround(),
        "denormals": (sys.float_info.min / 2, np.float32(1e-45) * np.float32(1)),
        "traps": libm.fegetexcept() if hasattr(libm, "fegetexcept") else None,
        "locale": locale.setlocale(locale.LC_ALL),
        "decimal": str(decimal.getcontext()),
        "environment": dict(os.environ),
        "threads": threading.active_count(),
        "hooks": (sys.excepthook.__qualname__, sys.displayhook.__qualname__, threading.excepthook.__qualname__),
        "switch interval": sys.getswitchinterval(),
        "recursion": sys.getrecursionlimit(),
        "gc": (gc.isenabled(), gc.get_threshold()),
        "path": list(sys.path),
        "folder": os.getcwd(),
        "pools": {p["filepath"]: p["num_threads"] for p in threadpoolctl.threadpool_info()},
    }

def compare(before, after):
    after["pools"] = {path: after["pools"][path] for path in before["pools"]}  # a first import brings its own libgomp
    for name in before:
        assert before[name] == after[name], f"{name}: {before[name]} became {after[name]}"

before = state()
import sigkit
compare(before, state())
sigkit.set_workers(3)
rng = np.random.default_rng(1)
signal_, template = rng.standard_normal(300_000), rng.standard_normal(64)
opened = state()  # with the OpenMP library of sigkit among the pools
sigkit.sliding_dot_product(signal_, template)
sigkit.correlate(signal_, template, method="fft")
sigkit.sliding_pearson(signal_.astype(np.float32), template)
sigkit.pearsonr(signal_, signal_[::-1])
sigkit.autocorrelate(signal_, 50)
compare(opened, state())
compare(before, state())
"""


@pytest.mark.skipif(sys.platform != "linux" or not _core.OPENMP, reason="no libgomp on this machine")
@pytest.mark.parametrize("mine, spin", [
    ({}, "0"),
    ({"GOMP_SPINCOUNT": "77"}, "77"),
    ({"OMP_WAIT_POLICY": "passive"}, "0"),
    ({"OMP_WAIT_POLICY": "active", "GOMP_SPINCOUNT": "1234"}, "1234"),
])  # fmt: skip
def test_threads_wait_without_spinning_unless_told(mine, spin):
    """What libgomp says it was told; afterwards the environment is the user's again, for libraries that come later."""
    code = "import os; before = dict(os.environ); import sigkit; assert os.environ == before; print('same')"
    env = {name: value for name, value in os.environ.items() if name not in ("GOMP_SPINCOUNT", "OMP_WAIT_POLICY")}
    done = subprocess.run(
        [sys.executable, "-c", code], env={**env, **mine, "OMP_DISPLAY_ENV": "verbose"}, capture_output=True, text=True
    )
    assert done.stdout == "same\n", done.stderr
    assert re.findall(r"GOMP_SPINCOUNT = '(\w+)'", done.stderr) == [spin], done.stderr


def test_nothing_of_the_process_changes():
    """Not by the import, and not by calls that take a team of threads."""
    run_python(STATE)


def test_a_change_would_be_seen():
    """Canary."""
    for fault in ("warnings.simplefilter('error')", "np.random.seed(1)", "signal.signal(signal.SIGINT, print)"):
        code = STATE.replace("import sigkit\n", f"import sigkit; {fault}\n")
        returncode, _, err = finish(start_python(code))
        assert returncode == 1 and " became " in err, err


# ------------------------------------------------------------------------------------------------------- FP mode

FTZ, DAZ, DEFAULT_MODE = 0x8000, 0x0040, 0x1F80
STICKY = 0x003F  # which exceptions have happened: results, not settings


@pytest.mark.skipif(not any(_core.mxcsr(1)), reason="the control word is x86's")
@pytest.mark.parametrize("threads", [1, 2, 8])
def test_control_word_of_every_worker(threads):
    words = _core.mxcsr(threads)
    assert len(words) == threads
    assert [hex(word & ~STICKY) for word in words] == [hex(DEFAULT_MODE)] * threads
    assert not any(word & (FTZ | DAZ) for word in words)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_denormals_survive_in_every_worker(dtype):
    """Each output is one denormal sample times one, in every tile of a call that takes a team."""
    smallest = np.finfo(dtype).smallest_subnormal
    signal = (np.arange(900_000) % 1000 + 1).astype(dtype) * smallest
    assert (signal != 0).all() and (signal < np.finfo(dtype).smallest_normal).all()
    template = np.zeros(16, dtype)
    template[0] = 1
    with sigkit.set_workers(3), watched_teams() as teams:
        result = sigkit.sliding_dot_product(signal, template)
    assert list(teams.values()) == [[3 if _core.OPENMP else 1]]
    assert np.array_equal(result, signal[: result.size])


# ----------------------------------------------------------------------------------------------------- SIGKIT_ISA

ACTIVE = "from sigkit import _core; print(_core.isa_active())"


@pytest.mark.parametrize("isa", _core.isa_compiled())
def test_isa_is_a_cap(isa):
    """What the CPU lacks is never chosen, whatever was asked for."""
    compiled, detected = _core.isa_compiled(), _core.isa_detected()
    weakest_first = compiled[: compiled.index(isa) + 1]
    assert run_python(ACTIVE, env={"SIGKIT_ISA": isa}) == [name for name in weakest_first if name in detected][-1]


def test_no_cap():
    assert run_python(ACTIVE, env={"SIGKIT_ISA": ""}) == _core.isa_detected()[-1]


@pytest.mark.parametrize("value", ["avx", "AVX2", "sse2", "avx2 ", "0", "baseline,avx2", "x" * 1000, "naïve", "\udcff"])
def test_unknown_isa_is_told(value):
    code = """
import json
try:
    import sigkit
except ValueError as error:
    print(json.dumps(str(error)))
"""
    message = json.loads(run_python(code, env={"SIGKIT_ISA": value}))
    assert "SIGKIT_ISA" in message and repr(value) in message
    for name in _core.isa_compiled():
        assert name in message
