"""What this installation is made of and what it decided: `show_config`, and `sigkit info` on the command line."""

import argparse
import importlib.metadata
import json
import os
import platform

from sigkit import _core, _workers

__all__ = ["show_config"]

_VARIABLES = "SIGKIT_ISA", "SIGKIT_NUM_THREADS", "OMP_NUM_THREADS"


def config() -> dict:
    """The facts that `show_config` prints, as plain types that JSON can hold."""
    workers, why = _workers.limit()
    return {
        "versions": {
            "sigkit": _version("sigkit-dsp"),
            "python": platform.python_version(),
            "numpy": _version("numpy"),
            "scipy": _version("scipy"),
        },
        "platform": platform.platform(),
        "isa": {
            "compiled": list(_core.isa_compiled()),
            "detected": list(_core.isa_detected()),
            "active": _core.isa_active(),
            "why": _why_isa(),
        },
        "openmp": _core.OPENMP,
        "workers": {
            "active": workers,
            "why": why,
            "limits": {name: n for n, name in _workers.process_limits()} | {"OpenMP limit": _core.openmp_max_threads()},
        },
        "environment": {name: os.environ[name] for name in _VARIABLES if name in os.environ},
    }


def _version(distribution: str) -> str:
    try:
        return importlib.metadata.version(distribution)  # importing SciPy for its version would cost a second
    except importlib.metadata.PackageNotFoundError:
        return "not installed"


def _why_isa() -> str:
    detected = _core.isa_detected()
    widest = [isa for isa in _core.isa_compiled() if isa in detected][-1]
    if _core.isa_active() != widest:
        return f"capped by SIGKIT_ISA={os.environ.get('SIGKIT_ISA', '')}"
    if widest != _core.isa_compiled()[-1]:
        return f"this CPU has no {_core.isa_compiled()[-1]}"
    return "the widest that was compiled"


def _lines(facts: dict) -> list[str]:
    isa, workers = facts["isa"], facts["workers"]
    rows = {
        **facts["versions"],
        "platform": facts["platform"],
        "ISA compiled": " ".join(isa["compiled"]),
        "ISA detected": " ".join(isa["detected"]),
        "ISA active": f"{isa['active']} ({isa['why']})",
        "OpenMP": "yes" if facts["openmp"] else "no (built without it: every call runs on one thread)",
        "workers": f"{workers['active']} ({workers['why']})",
        "limits": ", ".join(f"{name} {n}" for name, n in workers["limits"].items()),
        **facts["environment"],
    }
    width = max(map(len, rows))
    return [f"{name:<{width}}  {value}" for name, value in rows.items()]


def show_config() -> None:
    """
    Print versions, CPU code paths and threads, each with the reason for the choice.

    "ISA compiled" are the instruction sets this build has kernels for, "detected" those that the CPU and the operating
    system can run, "active" the one chosen at import (the environment variable ``SIGKIT_ISA`` caps it). "workers" is
    `get_workers` with the rule that decided, "limits" what it would be chosen from. A bug report should hold this
    text. ``python -m sigkit info`` prints the same, ``python -m sigkit info --json`` for programs.

    See Also
    --------
    get_workers, set_workers : the number of threads.
    numpy.show_config : the counterpart, about NumPy's build.

    Examples
    --------
    >>> import sigkit
    >>> sigkit.show_config()  # doctest: +ELLIPSIS
    sigkit ...
    python ...
    """
    print("\n".join(_lines(config())))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of ``sigkit info``."""
    parser.add_argument("--json", action="store_true", help="print JSON, for programs")


def run(arguments: argparse.Namespace) -> int:
    """``sigkit info``: the exit code."""
    if arguments.json:
        print(json.dumps(config(), indent=2))
    else:
        show_config()
    return 0
