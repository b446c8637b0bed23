"""For tests of processes and threads: fresh interpreters that cannot hang the session, and the size of OpenMP teams."""

import collections
import contextlib
import os
import pathlib
import signal
import subprocess
import sys
import threading
from unittest import mock

import numpy as np

TESTS = pathlib.Path(__file__).resolve().parent
DEADLINE = 60
"""Seconds. Only a hang takes this long: the processes of these tests are done in two or three, on an idle machine."""


def start_python(code, *, deadline=DEADLINE, env=None):
    """A fresh interpreter, in a process group of its own, that runs `code` and finds this module.

    After `deadline` seconds it prints where each of its threads stands, and ends.
    """
    alarm = f"import faulthandler; faulthandler.dump_traceback_later({deadline}, exit=True)\n"
    clean = {name: value for name, value in os.environ.items() if name not in ("OMP_NUM_THREADS", "SIGKIT_NUM_THREADS")}
    path = os.pathsep.join(filter(None, [str(TESTS), os.environ.get("PYTHONPATH")]))
    return subprocess.Popen(
        [sys.executable, "-c", alarm + code],
        env={**clean, "PYTHONPATH": path, **(env or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def finish(process, deadline=DEADLINE):
    """Wait for a `start_python`, end whatever children it left, and give (exit code, stdout, stderr)."""
    with process:
        try:
            out, err = process.communicate(timeout=deadline + 5)  # the interpreter's own alarm comes first
        except subprocess.TimeoutExpired:  # a child that outlives it holds its pipes open
            os.killpg(process.pid, signal.SIGKILL)
            out, err = process.communicate()
            return process.returncode, out, f"{err}\nended from outside: its alarm failed, or a child outlived it"
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            raise
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    return process.returncode, out, err


def run_python(code, **options):
    """What `code` prints in a fresh interpreter; an AssertionError with its stderr where it fails or hangs."""
    returncode, out, err = finish(start_python(code, **options), options.get("deadline", DEADLINE))
    assert returncode == 0, f"exit code {returncode}\n{out}\n{err}"
    return out.strip()


SCRATCH = """
import numpy as np, scipy.fft, scipy.signal, sigkit, sigkit.filters  # what is imported on the way is no scratch
def kilobytes(key):
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith(key))
def call(x):
    return {call}
{setup}
for warm in range(2):
    call(x[tuple(slice(0, {warm}) for _ in x.shape)])
before = kilobytes("VmRSS:")
with open("/proc/self/clear_refs", "w") as file:
    file.write("5")  # VmHWM starts again from here
out = call(x)
out = sum(a.nbytes for a in (out if isinstance(out, tuple) else (out,)))
print((kilobytes("VmHWM:") - before) * 1024 - out)
"""


def scratch_of(call, setup, *, threads=2, warm=20_000):
    """Bytes that `call`, of the array x that `setup` makes, needs at its peak beside x and its results: on Linux.

    It is called with the first `warm` samples along each axis before.
    """
    code = SCRATCH.format(call=call, setup=setup, warm=warm)
    return int(run_python(code, env={"SIGKIT_NUM_THREADS": str(threads)}))



@contextlib.contextmanager
def watched_teams():
    """{thread: [number of OpenMP threads that ran, for each call it made into C]}; one at a time in a process."""
    from sigkit import _core

    teams = collections.defaultdict(list)

    def watch(run):
        def watched(*args):
            teams[threading.get_ident()].append(run(*args))
            return teams[threading.get_ident()][-1]

        return watched

    with contextlib.ExitStack() as stack:
        for name in dir(_core):
            if name.startswith("run_"):
                stack.enter_context(mock.patch.object(_core, name, watch(getattr(_core, name))))
        yield teams


def large_call():
    """The bytes of a result that took enough work and tiles for a team."""
    import sigkit

    signal = np.random.default_rng(20).standard_normal(400_000).astype(np.float32)
    return sigkit.sliding_dot_product(signal, signal[:64]).tobytes()


def large_call_and_team(_=None):
    """(`large_call`, threads that ran); the argument is what `map` of a pool of processes passes."""
    with watched_teams() as teams:
        return large_call(), max(teams[threading.get_ident()])
