"""The rule that decides the number of threads, the knobs that feed it, and the team that really runs."""

import asyncio
import concurrent.futures
import contextvars
import functools
import os
import threading
import types

import numpy as np
import pytest
from processes import large_call_and_team, run_python, watched_teams

import sigkit
from sigkit import _core, _workers

ENOUGH = _workers.SERIAL_WORK
MANY = 10**9
needs_openmp = pytest.mark.skipif(not _core.OPENMP, reason="this build has no OpenMP: every call runs on one thread")


@pytest.fixture(autouse=True)
def no_default(monkeypatch):
    """Nobody called set_workers, and what a test sets ends with it."""
    monkeypatch.setattr(_workers, "_default", None)
    monkeypatch.setattr(_workers, "_default_cell", [None])


@pytest.fixture
def machine(monkeypatch):
    """A stand-in for the machine: OpenMP allows 6 threads, the process 5 CPUs."""
    core = types.SimpleNamespace(OPENMP=True, forked=lambda: False, openmp_max_threads=lambda: 6)
    monkeypatch.setattr(_workers, "_core", core)
    monkeypatch.setattr(_workers, "process_limits", lambda: ((5, "CPU affinity"),))
    return core


# ------------------------------------------------------------------------------------------------------ the rule


def test_little_work_asks_nobody(monkeypatch):
    monkeypatch.setattr(_workers, "_core", None)  # any question would be an AttributeError
    assert _workers.resolve(ENOUGH - 1, MANY) == 1
    assert _workers.resolve(MANY, 1) == 1
    assert _workers.resolve(0, 0) == 1
    with pytest.raises(AttributeError):
        _workers.resolve(ENOUGH, 2)


def test_little_work_is_serial_whatever_was_asked_for(machine):
    with sigkit.set_workers(8):
        assert _workers.resolve(ENOUGH - 1, MANY) == 1
        assert _workers.resolve(ENOUGH, MANY) == 8


@pytest.mark.parametrize("tiles, expected", [(1, 1), (2, 2), (4, 4), (5, 5), (6, 5), (MANY, 5)])
def test_never_more_than_tiles(machine, tiles, expected):
    assert _workers.resolve(ENOUGH, tiles) == expected


def test_the_least_limit_decides(machine, monkeypatch):
    assert _workers.limit() == (5, "CPU affinity")
    machine.openmp_max_threads = lambda: 3  # asked at every call
    assert _workers.limit() == (3, "OpenMP limit")
    monkeypatch.setattr(_workers, "process_limits", lambda: ((2, "SIGKIT_NUM_THREADS"), (5, "CPU affinity")))
    assert _workers.limit() == (2, "SIGKIT_NUM_THREADS")


@pytest.mark.parametrize("affinity, quota, variable, expected", [
    (8, None, None, [(8, "CPU affinity")]),
    (8, 3, None, [(3, "cgroup quota"), (8, "CPU affinity")]),
    (8, 3, 2, [(2, "SIGKIT_NUM_THREADS"), (3, "cgroup quota"), (8, "CPU affinity")]),
    (2, 3, 9, [(2, "CPU affinity"), (3, "cgroup quota"), (9, "SIGKIT_NUM_THREADS")]),
])  # fmt: skip
def test_limits_of_the_process(monkeypatch, affinity, quota, variable, expected):
    monkeypatch.setattr(_workers, "_affinity", lambda: affinity)
    monkeypatch.setattr(_workers, "cgroup_quota", lambda: quota)
    monkeypatch.setattr(_workers, "_ENVIRONMENT", variable)
    assert _workers.process_limits.__wrapped__() == tuple(expected)


def test_set_workers_overrules_the_limits(machine):
    sigkit.set_workers(7)
    assert _workers.limit() == (7, "set_workers")
    with sigkit.set_workers(9):
        assert _workers.limit() == (9, "set_workers block")


@pytest.mark.parametrize("what", ["forked", "OPENMP"])
def test_nothing_overrules_a_fork_or_a_serial_build(machine, what):
    setattr(machine, what, {"forked": lambda: True, "OPENMP": False}[what])
    sigkit.set_workers(7)
    with sigkit.set_workers(9):
        assert sigkit.get_workers() == 1
        assert _workers.resolve(MANY, MANY) == 1
    assert sigkit.get_workers() == 1


# --------------------------------------------------------------------------------------------------- set_workers


def in_thread(function):
    """The function's value in a fresh thread."""
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        return pool.submit(function).result(20)


def test_call_sets_the_default_of_all_threads(machine):
    sigkit.set_workers(3)
    assert sigkit.get_workers() == 3
    assert in_thread(sigkit.get_workers) == 3
    sigkit.set_workers(2)
    assert sigkit.get_workers() == 2


def test_block_ends(machine):
    with sigkit.set_workers(3) as block:
        assert repr(block) == "set_workers(3)"
        assert sigkit.get_workers() == 3
        with sigkit.set_workers(2):
            assert sigkit.get_workers() == 2
        assert sigkit.get_workers() == 3
    assert sigkit.get_workers() == 5
    sigkit.set_workers(4)
    with pytest.raises(KeyError), sigkit.set_workers(3):
        raise KeyError
    assert sigkit.get_workers() == 4


def test_block_is_of_its_context(machine):
    sigkit.set_workers(4)
    with sigkit.set_workers(3):
        assert in_thread(sigkit.get_workers) == 4
        assert in_thread(lambda: contextvars.copy_context().run(sigkit.get_workers)) == 4
        context = contextvars.copy_context()
        assert in_thread(lambda: context.run(sigkit.get_workers)) == 3


def test_block_of_one_task_is_not_another_s(machine):
    async def task(n):
        with sigkit.set_workers(n):
            await asyncio.sleep(0)
            return sigkit.get_workers()

    async def both():
        return await asyncio.gather(task(2), task(3))

    assert asyncio.run(both()) == [2, 3]


def test_call_inside_a_block_sets_what_comes_after(machine):
    with sigkit.set_workers(3):
        sigkit.set_workers(2)
        assert sigkit.get_workers() == 3
        assert in_thread(sigkit.get_workers) == 2
    assert sigkit.get_workers() == 2


def test_object_kept_and_entered_later(machine):
    kept = sigkit.set_workers(3)
    assert in_thread(sigkit.get_workers) == 3
    with kept:
        assert in_thread(sigkit.get_workers) == 5
        assert sigkit.get_workers() == 3
    assert sigkit.get_workers() == 5
    with pytest.raises(RuntimeError, match="set_workers"), kept:
        pass
    assert sigkit.get_workers() == 5


@pytest.mark.parametrize("order", [(0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0)])
def test_blocks_opened_at_once_leave_no_default(machine, order):
    """Three threads are between the call and the block at the same time, and come to the block in any order."""
    blocks = [sigkit.set_workers(n) for n in (2, 3, 4)]
    waiting = set(range(3))
    for i in order:
        contextvars.copy_context().run(blocks[i].__enter__)
        waiting.remove(i)
        assert sigkit.get_workers() == (2 + max(waiting) if waiting else 5)


def test_blocks_in_many_threads_leave_no_default(machine):
    barrier = threading.Barrier(8)

    def open_many(n):
        barrier.wait(20)
        for _ in range(300):
            with sigkit.set_workers(n):
                assert sigkit.get_workers() == n

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(open_many, range(1, 9)))
    assert sigkit.get_workers() == 5


@pytest.mark.parametrize("n", [True, np.True_, 2.0, "2", None, [2], b"2", 1j, np.float64(2)])
def test_not_a_number_of_workers(n):
    with pytest.raises(TypeError, match="n: expected an integer"):
        sigkit.set_workers(n)


@pytest.mark.parametrize("n", [0, -1, _workers.MOST_WORKERS + 1, 2**31, 2**64, -(2**64)])
def test_number_of_workers_out_of_range(n, machine):
    with pytest.raises(ValueError, match=f"n={n}: expected from 1 to"):
        sigkit.set_workers(n)
    assert sigkit.get_workers() == 5


@pytest.mark.parametrize("n", [1, np.int8(1), np.uint64(1), _workers.MOST_WORKERS])
def test_number_of_workers(n, machine):
    with sigkit.set_workers(n):
        assert sigkit.get_workers() == n
        assert type(sigkit.get_workers()) is int


# -------------------------------------------------------------------------------------------------------- cgroups

V2, V1 = "proc/self/cgroup", "sys/fs/cgroup/cpu/"
QUOTAS = {
    "no cgroups at all": ({}, None),
    "no quota": ({V2: "0::/\n"}, None),
    "v2 max": ({V2: "0::/\n", "sys/fs/cgroup/cpu.max": "max 100000\n"}, None),
    "v2 whole": ({V2: "0::/\n", "sys/fs/cgroup/cpu.max": "200000 100000\n"}, 2),
    "v2 fraction": ({V2: "0::/\n", "sys/fs/cgroup/cpu.max": "250000 100000\n"}, 3),
    "v2 less than one": ({V2: "0::/\n", "sys/fs/cgroup/cpu.max": "5000 100000\n"}, 1),
    "v2 other period": ({V2: "0::/\n", "sys/fs/cgroup/cpu.max": "120000 30000\n"}, 4),
    "v2 nested": (
        {V2: "0::/user/job/step\n", "sys/fs/cgroup/user/job/step/cpu.max": "300000 100000"}, 3),
    "v2 ancestor is tighter": (
        {
            V2: "0::/user/job/step\n",
            "sys/fs/cgroup/user/cpu.max": "200000 100000",
            "sys/fs/cgroup/user/job/cpu.max": "max 100000",
            "sys/fs/cgroup/user/job/step/cpu.max": "700000 100000",
        },
        2,
    ),
    "v2 other groups do not count": (
        {
            V2: "0::/mine\n",
            "sys/fs/cgroup/mine/cpu.max": "300000 100000",
            "sys/fs/cgroup/yours/cpu.max": "100000 100000",
        },
        3,
    ),
    "v2 the host's path in a container": (
        {V2: "0::/docker/0123\n", "sys/fs/cgroup/cpu.max": "200000 100000"}, 2),
    "v2 outside of the namespace": (
        {V2: "0::/../../other\n", "sys/fs/cgroup/cpu.max": "200000 100000", "sys/other/cpu.max": "100000 100000"}, 2),
    "v2 path with a colon": ({V2: "0::/a:b\n", "sys/fs/cgroup/a:b/cpu.max": "200000 100000"}, 2),
    "no list of groups": ({"sys/fs/cgroup/cpu.max": "200000 100000"}, 2),
    "v1 no quota": (
        {V2: "4:cpu:/\n", V1 + "cpu.cfs_quota_us": "-1\n", V1 + "cpu.cfs_period_us": "100000\n"}, None),
    "v1 quota": (
        {V2: "4:cpu:/\n", V1 + "cpu.cfs_quota_us": "150000\n", V1 + "cpu.cfs_period_us": "100000\n"}, 2),
    "v1 nested, two controllers": (
        {
            V2: "5:cpuset:/other\n4:cpu,cpuacct:/a/b\n",
            "sys/fs/cgroup/cpu,cpuacct/a/b/cpu.cfs_quota_us": "900000",
            "sys/fs/cgroup/cpu,cpuacct/a/b/cpu.cfs_period_us": "100000",
            "sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_quota_us": "400000",
            "sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_period_us": "100000",
        },
        4,
    ),
    "v1 period missing": ({V2: "4:cpu:/\n", V1 + "cpu.cfs_quota_us": "150000\n"}, None),
    "cpuacct and cpuset are not cpu": (
        {V2: "4:cpuacct,cpuset:/a\n", V1 + "a/cpu.cfs_quota_us": "1", V1 + "a/cpu.cfs_period_us": "1"}, None),
    "both versions, v2 beside": (
        {
            V2: "1:cpu:/a\n0::/b\n",
            V1 + "a/cpu.cfs_quota_us": "500000",
            V1 + "a/cpu.cfs_period_us": "100000",
            "sys/fs/cgroup/unified/b/cpu.max": "300000 100000",
        },
        3,
    ),
    "empty": ({V2: "0::/\n", "sys/fs/cgroup/cpu.max": ""}, None),
    "garbage": ({V2: "::\n:\n\n0\n0::/\n", "sys/fs/cgroup/cpu.max": "1e5 lots of it"}, None),
    "no period": ({V2: "0::/\n", "sys/fs/cgroup/cpu.max": "100000"}, None),
    "period 0": ({V2: "0::/\n", "sys/fs/cgroup/cpu.max": "100000 0"}, None),
    "not text": ({V2: "0::/\xff\n", "sys/fs/cgroup/cpu.max": "\xff\xfe"}, None),
    "unreadable": ({V2 + "/a folder": "", "sys/fs/cgroup/cpu.max/a folder": ""}, None),
}  # fmt: skip


def write_tree(root, files):
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode("latin-1"))
    return str(root)


@pytest.mark.parametrize("files, expected", QUOTAS.values(), ids=QUOTAS)
def test_cgroup_quota(tmp_path, files, expected):
    assert _workers.cgroup_quota(write_tree(tmp_path, files)) == expected


def test_cgroup_quota_of_this_process():
    quota = _workers.cgroup_quota()
    assert quota is None or quota >= 1


def test_limits_are_read_once(monkeypatch):
    reads = []
    monkeypatch.setattr(_workers, "cgroup_quota", lambda: reads.append(1))
    monkeypatch.setattr(_workers, "process_limits", functools.cache(_workers.process_limits.__wrapped__))
    assert len({_workers.process_limits() for _ in range(3)}) == 1
    assert len(reads) == 1


# ------------------------------------------------------------------------------------------- the team that runs

TEAM = "from processes import large_call_and_team; print(large_call_and_team()[1])"
NARROW = "import os; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})\n"


@needs_openmp
@pytest.mark.parametrize("variables, most", [
    ({}, None),
    ({"OMP_NUM_THREADS": "1"}, 1),
    ({"OMP_NUM_THREADS": "2"}, 2),
    ({"OMP_NUM_THREADS": "3"}, 3),
    ({"OMP_NUM_THREADS": "1000000"}, None),
    ({"OMP_NUM_THREADS": "0"}, None),  # OpenMP complains on stderr and goes on
    ({"OMP_NUM_THREADS": "many"}, None),
    ({"SIGKIT_NUM_THREADS": "1"}, 1),
    ({"SIGKIT_NUM_THREADS": " 2 "}, 2),
    ({"SIGKIT_NUM_THREADS": "3"}, 3),
    ({"SIGKIT_NUM_THREADS": "1000000"}, None),
    ({"SIGKIT_NUM_THREADS": ""}, None),
    ({"SIGKIT_NUM_THREADS": "2", "OMP_NUM_THREADS": "1"}, 1),
], ids=str)  # fmt: skip
def test_team_obeys_the_environment(variables, most):
    team = int(run_python(TEAM, env=variables))
    available = next(n for n, name in _workers.process_limits() if name != "SIGKIT_NUM_THREADS")
    assert team == min(available, most or available)


@pytest.mark.parametrize("text", ["0", "-1", "two", "1.5", "2 3", "9" * 5000])
def test_garbage_in_the_environment_is_told(text):
    code = """
import sigkit
try:
    sigkit.sliding_dot_product([1.0, 2.0], [1.0])
except ValueError as error:
    print(error)
"""
    message = run_python(code, env={"SIGKIT_NUM_THREADS": text})
    assert message.startswith(f"SIGKIT_NUM_THREADS='{text[:40]}'") and "at least 1" in message


@needs_openmp
def test_team_obeys_set_workers_beyond_the_cpus():
    with sigkit.set_workers(3):
        result, team = large_call_and_team()
    assert team == 3
    with sigkit.set_workers(1):
        assert large_call_and_team() == (result, 1)
    sigkit.set_workers(2)
    assert large_call_and_team() == (result, 2)


@needs_openmp
def test_the_most_workers_can_run():
    code = f"import sigkit; sigkit.set_workers({_workers.MOST_WORKERS})\n" + TEAM
    assert int(run_python(code)) > 1  # as many as there are tiles


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system has no CPU affinity")
def test_team_obeys_affinity():
    """Which is what `taskset -c 0 python ...` sets; libgomp is told of more, so that it is not what obeys."""
    assert run_python(NARROW + TEAM, env={"OMP_NUM_THREADS": "4"}) == "1"


FAKE_QUOTA = """
import functools
from sigkit import _workers
_workers.cgroup_quota = functools.partial(_workers.cgroup_quota, {root!r})
_workers._affinity = lambda: 4
"""


@needs_openmp
@pytest.mark.parametrize(
    "text, expected", [("300000 100000", 3), ("150000 100000", 2), ("10000 100000", 1), ("max 100000", 4)]
)
def test_team_obeys_a_quota(tmp_path, text, expected):
    root = write_tree(tmp_path, {"proc/self/cgroup": "0::/job\n", "sys/fs/cgroup/job/cpu.max": text})
    assert int(run_python(FAKE_QUOTA.format(root=root) + TEAM, env={"OMP_NUM_THREADS": "4"})) == expected


@needs_openmp
def test_threadpoolctl_limits_its_thread_alone():
    """Its limit of libgomp is of the calling thread: one thread's block leaves another's calls alone."""
    code = """
import concurrent.futures, threading, threadpoolctl
from processes import large_call, watched_teams
from sigkit import _workers
_workers.process_limits = lambda: ((2, "test"),)
barrier = threading.Barrier(2)

def call_at_once():
    barrier.wait(10)
    large_call()
    barrier.wait(10)

def limited():
    with threadpoolctl.threadpool_limits(1, user_api="openmp"):
        call_at_once()
    large_call()
    return threading.get_ident()

def free():
    call_at_once()
    large_call()
    return threading.get_ident()

with watched_teams() as teams, concurrent.futures.ThreadPoolExecutor(2) as pool:
    threads = pool.submit(limited), pool.submit(free)
    print(*[teams[thread.result()] for thread in threads])
"""
    assert run_python(code, env={"OMP_NUM_THREADS": "2"}) == "[1, 2] [2, 2]"


@needs_openmp
def test_eight_teams_at_once():
    """Python threads that each start a team of their own, on one shared array."""
    signal = np.random.default_rng(8).standard_normal(400_000)
    template = signal[:64].copy()
    with sigkit.set_workers(1):
        expected = sigkit.sliding_dot_product(signal, template).tobytes()
    sigkit.set_workers(3)
    barrier = threading.Barrier(8)

    def call(_):
        barrier.wait(20)
        return [sigkit.sliding_dot_product(signal, template).tobytes() == expected for _ in range(3)]

    with watched_teams() as teams, concurrent.futures.ThreadPoolExecutor(8) as pool:
        assert all(all(same) for same in pool.map(call, range(8)))
    assert list(teams.values()) == [[3] * 3] * 8
