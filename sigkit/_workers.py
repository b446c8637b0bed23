"""How many threads a call uses: `resolve` is the only rule, every driver gets its number from it.

First match wins:

1. 1 for little work or a single tile (starting a team would cost more than it saves),
2. 1 without OpenMP, and in a forked child: libgomp's pool does not survive a fork, a region there hangs for ever,
3. what `set_workers` says, its innermost block before the process default,
4. the least of CPU affinity, cgroup quota, SIGKIT_NUM_THREADS and OpenMP's own limit. The last is asked at every call,
   for the calling thread: that is what makes OMP_NUM_THREADS, threadpoolctl and joblib work;

and never more threads than tiles. The number never changes a result: the unit of work is the tile.
"""

import contextvars
import functools
import operator
import os
import threading

from sigkit import _core

__all__ = ["get_workers", "set_workers"]

SERIAL_WORK = 1 << 24
"""Multiply-adds (some 200 us of them) below which a call stays on the calling thread. On an idle machine a team would
pay from a tenth of that; on a busy one it waits milliseconds for its slowest thread."""

MOST_WORKERS = max(256, os.cpu_count() or 1)
"""Above this `set_workers` refuses: OpenMP ends the process when the system denies it a thread."""

_block = contextvars.ContextVar("sigkit_workers", default=None)  # what the innermost `with set_workers(n)` says
_default = None  # what the last plain `set_workers(n)` said, for all threads
_default_cell = [None]  # where _default stands; see set_workers
_lock = threading.Lock()


def resolve(work: int, tiles: int) -> int:
    """Threads for one call of `work` multiply-adds that falls into `tiles` independent pieces."""
    if work < SERIAL_WORK or tiles < 2:  # first: a small call must not pay for the rest
        return 1
    return min(limit()[0], tiles)


def limit() -> tuple[int, str]:
    """The most threads a call may use here and now, and the rule that says so."""
    if not _core.OPENMP:
        return 1, "built without OpenMP"
    if _core.forked():
        return 1, "forked child: OpenMP cannot be used after a fork"
    chosen = _block.get()
    if chosen is not None:
        return chosen, "set_workers block"
    if _default is not None:
        return _default, "set_workers"
    openmp, least = _core.openmp_max_threads(), process_limits()[0]
    return least if least[0] <= openmp else (openmp, "OpenMP limit")


@functools.cache
def process_limits() -> tuple[tuple[int, str], ...]:
    """The limits that stay while the process runs, each with its name, least first; read once, and after a fork."""
    limits = [(_affinity(), "CPU affinity"), (cgroup_quota(), "cgroup quota"), (_ENVIRONMENT, "SIGKIT_NUM_THREADS")]
    return tuple(sorted(((n, name) for n, name in limits if n is not None), key=operator.itemgetter(0)))


def _affinity() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(os.getpid()))  # not 0: that would be a calling thread, perhaps a pinned one
    return os.cpu_count() or 1


def cgroup_quota(root: str = "/") -> int | None:
    """CPUs that cgroup v2 or v1 grants this process, a fraction rounded up; None where no quota is set or readable.

    The tightest quota of the group and all its ancestors counts. A container without a cgroup namespace sees the
    host's path, which does not exist below its own mount: those folders are passed over and the mount's root is read.
    """
    groups = {"v2": [], "v1": []}
    for line in _read(root, "proc/self/cgroup").splitlines():
        _, _, entry = line.partition(":")
        controllers, _, path = entry.partition(":")
        folders = [name for name in path.split("/") if name]
        if ".." in folders:  # the group lies outside of this cgroup namespace
            continue
        if not controllers:
            groups["v2"] = folders
        elif "cpu" in controllers.split(","):
            groups["v1"] = folders
    quotas = []
    for mount, version in (("", "v2"), ("unified", "v2"), ("cpu", "v1"), ("cpu,cpuacct", "v1")):
        folders = groups[version]
        for depth in range(len(folders) + 1):
            group = os.path.join("sys/fs/cgroup", mount, *folders[:depth])
            if version == "v2":
                text = _read(root, group, "cpu.max")
            else:
                text = _read(root, group, "cpu.cfs_quota_us") + " " + _read(root, group, "cpu.cfs_period_us")
            try:
                quota, period = map(int, text.split())
            except ValueError:  # "max", missing, unreadable
                continue
            if quota > 0 and period > 0:
                quotas.append(-(-quota // period))
    return min(quotas, default=None)


def _read(*path: str) -> str:
    try:
        with open(os.path.join(*path), encoding="ascii", errors="replace") as file:
            return file.read()
    except OSError:
        return ""


def _environment() -> int | None:
    text = os.environ.get("SIGKIT_NUM_THREADS", "").strip()
    if not text:
        return None
    try:
        n = int(text)
    except ValueError:
        n = 0
    if n < 1:
        raise ValueError(f"SIGKIT_NUM_THREADS={text[:40]!r}: expected an integer of at least 1")
    return n


_ENVIRONMENT = _environment()


def get_workers() -> int:
    """
    The most threads that a call made here and now would use.

    Returns
    -------
    int
        1 in a forked child process and where sigkit was built without OpenMP; else the number of the innermost
        `set_workers` block; else the process default given to `set_workers`; else the least of CPU affinity, cgroup
        CPU quota, ``SIGKIT_NUM_THREADS`` and OpenMP's limit for the calling thread (``OMP_NUM_THREADS``,
        threadpoolctl). Small calls use one thread whatever this says.

    See Also
    --------
    set_workers : sets the number.
    show_config : also says which rule decided.

    Examples
    --------
    >>> import sigkit
    >>> with sigkit.set_workers(2):
    ...     sigkit.get_workers()
    2
    """
    return limit()[0]


class set_workers:
    """
    Set how many threads sigkit uses, from now on or for a block.

    A plain call sets the default of the process at once, for all its threads. As a context manager the number holds
    for the block and in the current context alone (`contextvars`: this thread, this task): threads started within the
    block do not inherit it, other threads never see it. Inside a block the block's number holds; a plain call there
    sets the default that is in force afterwards.

    Results have the same bits for any number of threads. An explicit number overrules CPU affinity, cgroup quota,
    ``SIGKIT_NUM_THREADS``, ``OMP_NUM_THREADS`` and threadpoolctl; in a forked child calls stay on one thread all the
    same, because OpenMP hangs there.

    Parameters
    ----------
    n : int
        Number of threads, from 1 to 256 or, where that is more, the machine's number of CPUs. More than the CPUs
        available makes calls slower, not faster. There is no default: without a call sigkit follows the limits that
        `get_workers` lists.

    Raises
    ------
    TypeError
        If `n` is not an integer (a bool is none).
    ValueError
        If `n` is out of range, or ``SIGKIT_NUM_THREADS`` is not an integer >= 1.
    RuntimeError
        If one object is entered twice; call ``set_workers(n)`` again for another block.

    See Also
    --------
    get_workers : the number in force.
    scipy.fft.set_workers : the counterpart; only a context manager, and takes negative numbers.

    Examples
    --------
    >>> import sigkit
    >>> with sigkit.set_workers(1):
    ...     sigkit.get_workers()
    1
    """

    # The call cannot know whether a block follows, so it sets the default, and entering a block takes that back. As
    # other threads may have called in between, "back" is a link and not a value: a cell holds a number or, once
    # taken back, the cell before it. (Plain calls keep no link, so a million of them keep one cell.)

    __slots__ = ("_before", "_cell", "_n", "_outer")

    def __init__(self, n: int):
        self._n = _checked(n)
        self._cell = [self._n]
        with _lock:
            self._before = _default_cell
            _set_default(self._cell)

    def __enter__(self) -> "set_workers":
        with _lock:
            if self._before is None:
                raise RuntimeError(f"{self!r} was entered before: call set_workers again for another block")
            self._cell[0], self._before = self._before, None
            _set_default(_default_cell)
        self._outer = _block.get()
        _block.set(self._n)
        return self

    def __exit__(self, *exception: object) -> None:
        _block.set(self._outer)  # a token could only be reset in the very context that made it

    def __repr__(self) -> str:
        return f"set_workers({self._n})"


def _checked(n: int) -> int:
    try:
        if isinstance(n, bool):
            raise TypeError
        number = operator.index(n)
    except TypeError:
        raise TypeError(f"n: expected an integer, got {n!r}") from None
    if not 1 <= number <= MOST_WORKERS:
        raise ValueError(f"n={number}: expected from 1 to {MOST_WORKERS} workers")
    return number


def _set_default(cell: list) -> None:
    """Make `cell`, or what it links to, the process default; _lock is held."""
    global _default, _default_cell
    while isinstance(cell[0], list):
        cell = cell[0]
    _default_cell, _default = cell, cell[0]


def _after_fork() -> None:
    """A child may have been moved to other CPUs or another cgroup, and another thread may have held the lock."""
    global _lock
    _lock = threading.Lock()
    process_limits.cache_clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
