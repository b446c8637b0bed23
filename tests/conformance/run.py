"""Run SciPy's own tests of the functions that sigkit also has, against sigkit.

    python tests/conformance/run.py                     # every suite
    python tests/conformance/run.py signal              # one
    python tests/conformance/run.py signal --tb=short   # pytest's own output, with these arguments; nothing compared

Tests that must fail are listed in expected.toml, each under the sentence of sigkit's documentation that makes it
differ. Exit status 1 if any other test fails, a listed one passes or is gone, the sentence is no longer there, or a
function was never called. A new suite is one entry of ``SUITES`` in scipy_swap.py.
"""

import importlib
import json
import os
import re
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import NamedTuple

from scipy_swap import SUITES

HERE = Path(__file__).resolve().parent
SCIPY = "1.17"  # the release whose tests expected.toml is about


class Outcome(NamedTuple):
    passed: set[str]
    failed: dict[str, str]  # test -> first line of its message
    skipped: set[str]
    calls: dict[str, int]
    text: str  # pytest's output

    def total(self):
        return f"{len(self.passed)} passed, {len(self.failed)} failed"


def unsuitable():
    """Why the list of expected failures does not apply here, or None."""
    import scipy
    if scipy.__version__.startswith(f"{SCIPY}."):
        return None
    return f"the conformance runs know the tests of SciPy {SCIPY}; installed is SciPy {scipy.__version__}"


def run(suite, *arguments):
    """SciPy's tests of one suite in a process of their own."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "outcomes.json")
        path = os.pathsep.join(filter(None, [str(HERE), os.environ.get("PYTHONPATH")]))
        env = dict(os.environ, SIGKIT_SUITE=suite, SIGKIT_OUTCOMES=str(report), PYTHONPATH=path)
        env.pop("SCIPY_ARRAY_API", None)  # NumPy arrays are what sigkit takes
        # as SciPy's own settings, which are not installed: warnings are errors, its markers are its own
        command = [sys.executable, "-m", "pytest", "-c", os.devnull, "-p", "scipy_swap", "-p", "no:cacheprovider",
                   "-q", "-W", "error", "-W", "ignore::pytest.PytestWarning", "-k", SUITES[suite].select,
                   "--tb=line", *arguments,  # source around each failure of a large file costs a minute
                   "--pyargs", *SUITES[suite].tests]
        done = subprocess.run(command, cwd=folder, env=env, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode not in (0, 1) or not report.exists():
            raise RuntimeError(f"pytest broke on the suite {suite}:\n{done.stdout}")
        data = json.loads(report.read_text())
    by = {outcome: {test: message for test, (found, message) in data["outcomes"].items() if found == outcome}
          for outcome in ("passed", "failed", "skipped")}
    return Outcome(set(by["passed"]), by["failed"], set(by["skipped"]), data["calls"], done.stdout)


def expected(suite):
    """The suite's entries of expected.toml: ``rule``, ``documented`` (whose docstring holds it), ``tests``."""
    return tomllib.loads((HERE / "expected.toml").read_text()).get(suite, [])


def problems(suite, outcome, entries):
    """What stands between the outcome and the expected entries; empty if they agree."""
    found, excused = [], set()
    tests = outcome.passed | outcome.failed.keys() | outcome.skipped
    for entry in entries:
        if _words(entry["rule"]) not in _words(_documentation(entry["documented"])):
            found.append(f"undocumented: {entry['documented']} does not say {entry['rule']!r}")
        for pattern in entry["tests"]:
            expression = re.compile(re.escape(pattern).replace(r"\*", ".*"))
            matching = {test for test in tests if expression.fullmatch(test)}
            if not matching:
                found.append(f"stale: {pattern} does not exist")
            found += [f"stale: {test} is listed and passes" for test in sorted(matching & outcome.passed)]
            excused |= matching
    found += [f"unexpected failure: {test}: {message}" for test, message in outcome.failed.items()
              if test not in excused]
    for names in SUITES[suite].functions.values():
        found += [f"never called: {name}" for name in names.split() if not outcome.calls.get(name)]
    return found


def _documentation(name):
    """The docstring of ``sigkit.module`` or ``sigkit.module.function``."""
    package, module, *function = name.split(".")
    target = importlib.import_module(f"{package}.{module}")
    return getattr(target, *function).__doc__ if function else target.__doc__


def _words(text):
    return " ".join(text.split())


def main(arguments):
    chosen = arguments[:1] or list(SUITES)
    if chosen[0] not in SUITES:
        sys.exit(__doc__)
    if reason := unsuitable():
        sys.exit(reason)
    if arguments[1:]:
        outcome = run(*arguments)
        print(outcome.text)
        return 1 if outcome.failed else 0
    broken = []
    for suite in chosen:
        outcome = run(suite)
        found = problems(suite, outcome, expected(suite))
        print(*found, sep="\n", end="\n" if found else "")
        print("exercised:", ", ".join(f"{name} ({count})" for name, count in sorted(outcome.calls.items())))
        print(f"{suite}: {outcome.total()}")
        broken += found
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
