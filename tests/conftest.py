import os
import zlib

import hypothesis
import numpy as np
import pytest
from compare import MEASURED

SEED = int(os.environ.get("SIGKIT_TEST_SEED", "0"))

hypothesis.settings.register_profile("sigkit", deadline=None, derandomize=True, max_examples=40, print_blob=True)
hypothesis.settings.load_profile("sigkit")


def pytest_report_header():
    try:
        from sigkit import _core
    except ImportError:
        isa = "sigkit is not built"
    else:
        isa = f"ISA {_core.isa_active()} of {', '.join(_core.isa_detected())}"
    return f"sigkit: seed {SEED} (SIGKIT_TEST_SEED), {isa}"


def pytest_sessionfinish(session):
    if hasattr(session.config, "workeroutput"):  # a process of pytest-xdist: another one prints
        session.config.workeroutput["measured"] = {label: float(ratio) for label, ratio in MEASURED.items()}


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node):
    for label, ratio in getattr(node, "workeroutput", {}).get("measured", {}).items():
        MEASURED[label] = max(MEASURED.get(label, 0.0), ratio)


def pytest_terminal_summary(terminalreporter):
    if MEASURED:
        terminalreporter.section("largest error / bound")
        for label, ratio in sorted(MEASURED.items()):
            terminalreporter.write_line(f"{ratio:8.4f}  {label}")


@pytest.fixture
def rng(request):
    """Reproducible by the session's seed and the test's own name, whatever else runs."""
    return np.random.default_rng([SEED, zlib.crc32(request.node.nodeid.encode())])


@pytest.fixture
def parallel(monkeypatch):
    """Every call that has two tiles takes a team; the value lists the team sizes used since."""
    from sigkit import _workers

    teams, resolve = [], _workers.resolve
    monkeypatch.setattr(_workers, "SERIAL_WORK", 0)
    monkeypatch.setattr(_workers, "resolve", lambda *args: teams.append(resolve(*args)) or teams[-1])
    return teams


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty current folder."""
    path = tmp_path / "work"
    path.mkdir()
    monkeypatch.chdir(path)
    return path


@pytest.fixture
def run(folder, capsys):
    """Run a command; (exit code, what was printed, what was printed about errors)."""

    from sigkit import cli

    def call(*arguments):
        code = cli.main([*map(str, arguments)])
        return code, *capsys.readouterr()

    return call
