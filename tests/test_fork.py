"""fork() and the other ways to start a process never hang, whatever the parent's OpenMP has done before.

libgomp's threads do not exist in a forked child, and its next parallel region waits for them for ever. So sigkit runs
serially there. Each case stands in an interpreter of its own, in which the parent reports its child's end; the
canaries switch the guard off and must hang.
"""

import multiprocessing
import os
import signal
import sys

import pytest
from processes import finish, run_python, start_python

from sigkit import _core

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
needs_openmp = pytest.mark.skipif(not _core.OPENMP, reason="this build has no OpenMP, so nothing here could hang")

# A team of two in the parent on any machine. The child's end comes back as its exit code: 0 for the same bits.
PRELUDE = """
import faulthandler, os, signal, sys, threading
import numpy as np
import sigkit
from processes import large_call_and_team

# A child's alarm is a signal: dump_traceback_later waits in it for the parent's watchdog thread, for ever.
faulthandler.register(signal.SIGALRM, chain=True)

def in_child(check):
    pid = os.fork()
    if pid == 0:
        code = 70
        try:
            signal.alarm(30)
            code = 0 if check() else 71
        except BaseException:
            sys.excepthook(*sys.exc_info())
        finally:
            sys.stderr.flush()
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

def in_thread(function):
    values = []
    thread = threading.Thread(target=lambda: values.append(function()))
    thread.start()
    thread.join()
    return values[0]

def same(call=large_call_and_team):
    return call() == (expected, 1)

with sigkit.set_workers(1):
    expected, _ = large_call_and_team()  # one thread: OpenMP is not entered
sigkit.set_workers(2)
"""

PAUSE = """
import ctypes
with open("/proc/self/maps") as maps:
    library = next(line.split()[-1] for line in maps if "libgomp" in line)
assert ctypes.CDLL(library).omp_pause_resource_all(1) == 0  # omp_pause_soft
"""

# What the parent did before, and what the child does, row by row as libgomp was found to behave.
ROWS = {
    "nothing before": "assert in_child(same) == 0",
    "a team in the forking thread": """
assert large_call_and_team() == (expected, 2)
assert in_child(same) == 0
assert large_call_and_team() == (expected, 2)  # the parent goes on as before
""",
    "a team in another thread": """
assert in_thread(large_call_and_team) == (expected, 2)
assert in_child(same) == 0
""",
    "a team, then its pool was released": """
assert large_call_and_team() == (expected, 2)
""" + PAUSE + """
assert in_child(same) == 0
""",
    "50 forks while another thread computes": """
x = np.random.default_rng(1).standard_normal(400_000).astype(np.float32)
stop = threading.Event()
def compute():
    while not stop.is_set():
        sigkit.sliding_dot_product(x, x[:64])
thread = threading.Thread(target=compute)
thread.start()
try:
    assert [in_child(same) for _ in range(50)] == [0] * 50
finally:
    stop.set()
    thread.join()
""",
    "a team, one worker asked for in the child": """
assert large_call_and_team() == (expected, 2)
def one_worker():
    with sigkit.set_workers(1):
        return same()
assert in_child(one_worker) == 0
""",
    "a team, then a new thread of the child": """
assert large_call_and_team() == (expected, 2)
assert in_child(lambda: in_thread(same)) == 0
""",
    "a team, more workers asked for in the child": """
assert large_call_and_team() == (expected, 2)
def many_workers():
    sigkit.set_workers(4)
    return same() and sigkit.get_workers() == 1
assert in_child(many_workers) == 0
""",
    "a child of the child": """
assert large_call_and_team() == (expected, 2)
assert in_child(lambda: same() and in_child(same) == 0) == 0
""",
    "fork between a lock's taking and its release": """
from sigkit import _workers
assert large_call_and_team() == (expected, 2)
with _workers._lock:  # as another thread may have, in the midst of set_workers
    assert in_child(lambda: sigkit.set_workers(3) is not None) == 0
""",
}


@needs_openmp
@pytest.mark.parametrize("row", ROWS)
def test_child_computes(row):
    run_python(PRELUDE + ROWS[row])


@needs_openmp
def test_import_in_the_child_alone():
    """A parent that never imported sigkit: its child is a process like any other, and has its team."""
    run_python("""
import os
pid = os.fork()
if pid == 0:
    code = 70
    try:
        import sigkit
        from processes import large_call_and_team
        sigkit.set_workers(2)
        code = 0 if large_call_and_team()[1] == 2 else 71
    finally:
        os._exit(code)
assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
""")


def test_limits_are_read_again_in_a_child():
    run_python("""
import os
from sigkit import _workers
_workers._affinity = lambda: 4
assert (4, "CPU affinity") in _workers.process_limits()
_workers._affinity = lambda: 3
assert (4, "CPU affinity") in _workers.process_limits()
pid = os.fork()
if pid == 0:
    os._exit(0 if (3, "CPU affinity") in _workers.process_limits() else 71)
assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
assert (4, "CPU affinity") in _workers.process_limits()
""")


# ------------------------------------------------------------------------------------------------- pools, loaders


METHODS = [method for method in ("fork", "forkserver", "spawn") if method in multiprocessing.get_all_start_methods()]


@needs_openmp
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("pool", ["context.Pool(2", "concurrent.futures.ProcessPoolExecutor(2, context"])
def test_pools(pool, method):
    """After the parent's own team: its children give the parent's bits, and only the forked ones are serial."""
    code = f"""
import concurrent.futures, multiprocessing
context = multiprocessing.get_context({method!r})
assert large_call_and_team() == (expected, 2)
with {pool}, initializer=sigkit.set_workers, initargs=(2,)) as pool:
    results = list(pool.map(large_call_and_team, range(4)))
assert [bits == expected for bits, _ in results] == [True] * 4
print(*{{team for _, team in results}})
"""
    assert run_python(PRELUDE + code) == ("1" if method == "fork" else "2")


@needs_openmp
def test_torch_data_loader():
    """Its workers are forked, where that is the default, after the parent has used a team."""
    pytest.importorskip("torch", reason="torch is not installed: the `torch` extra brings it")
    run_python(PRELUDE + """
import torch
from torch.utils.data import DataLoader, Dataset

class Calls(Dataset):
    def __len__(self):
        return 4

    def __getitem__(self, i):
        bits, team = large_call_and_team()
        return bits == expected, team

assert large_call_and_team() == (expected, 2)
loader = DataLoader(Calls(), batch_size=2, num_workers=2, multiprocessing_context="fork", timeout=30)
for same_bits, teams in loader:
    assert bool(same_bits.all()) and teams.tolist() == [1, 1]
""")


# ---------------------------------------------------------------------------------------------------- the canaries


@needs_openmp
@pytest.mark.skipif(sys.platform != "linux", reason="the hang is libgomp's; other systems have other OpenMP libraries")
def test_without_the_guard_the_child_hangs():
    """Canary: with the guard off, the second row above hangs, and that is seen: the child's own alarm ends it."""
    code = PRELUDE.replace("alarm(30)", "alarm(1)") + """
import types
from sigkit import _core, _workers
guard = {name: getattr(_core, name) for name in dir(_core) if not name.startswith("__")}
_workers._core = types.SimpleNamespace(**{**guard, "forked": lambda: False})
assert large_call_and_team() == (expected, 2)
print(in_child(lambda: large_call_and_team()[0] == expected))
"""
    returncode, out, err = finish(start_python(code))
    assert (returncode, out.strip()) == (0, str(-signal.SIGALRM)), err
    assert "sliding_dot_product" in err  # where the child stood


def test_a_hang_of_the_parent_is_seen():
    """Canary: a script that does not end is ended by its alarm, and is a failure."""
    with pytest.raises(AssertionError, match="Timeout"):
        run_python("import threading; threading.Event().wait()", deadline=1)
