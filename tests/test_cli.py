"""`python -m sigkit`: its arguments, exit codes and errors; `sigkit info`, and `show_config`, whose text that is."""

import concurrent.futures
import importlib.metadata
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import types

import numpy as np
import pytest
from processes import finish, run_python, start_python

import sigkit
from sigkit import _config, _core, _workers, cli

RUN = "import runpy, sys; sys.argv[1:] = {!r}; runpy.run_module('sigkit', run_name='__main__', alter_sys=True)"


def command(*arguments, env=None):
    """(exit code, stdout, stderr) of ``python -m sigkit ...``."""
    return finish(start_python(RUN.format(list(arguments)), env=env))


# ----------------------------------------------------------------------------------------------------------- info


def test_info_is_show_config():
    returncode, out, err = command("info")
    assert (returncode, err) == (0, "")
    names = [line.split("  ")[0] for line in out.splitlines()]
    assert {"sigkit", "numpy", "scipy", "ISA compiled", "ISA detected", "ISA active", "OpenMP", "workers"} <= {*names}
    assert out.strip() == run_python("import sigkit; sigkit.show_config()")


def test_show_config_prints(capsys):
    assert sigkit.show_config() is None
    out = capsys.readouterr().out
    assert re.search(rf"^ISA active +{_core.isa_active()} \(", out, flags=re.M)
    assert re.search(rf"^workers +{sigkit.get_workers()} \(", out, flags=re.M)


def test_info_json():
    returncode, out, err = command("info", "--json", env={"SIGKIT_NUM_THREADS": "1", "SIGKIT_ISA": "baseline"})
    assert (returncode, err) == (0, "")
    facts = json.loads(out)
    assert facts["versions"]["numpy"] == importlib.metadata.version("numpy")
    assert facts["isa"]["compiled"] == list(_core.isa_compiled())
    assert facts["isa"]["detected"] == list(_core.isa_detected())
    assert facts["isa"]["active"] == "baseline"
    assert facts["openmp"] is _core.OPENMP
    assert facts["workers"]["active"] == 1
    assert facts["workers"]["limits"]["SIGKIT_NUM_THREADS"] == 1
    assert facts["environment"] == {"SIGKIT_NUM_THREADS": "1", "SIGKIT_ISA": "baseline"}


def test_info_needs_nothing_else():
    """None of the extras, and not SciPy: it is what a user runs when something is broken."""
    code = f"""
import sys
try:
    {RUN.format(["info"])}
except SystemExit as end:
    assert end.code == 0
print([name for name in ("scipy", "matplotlib", "sigkit.demo") if name in sys.modules])
"""
    assert run_python(code).splitlines()[-1] == "[]"


@pytest.mark.parametrize("detected, active, variable, why", [
    ("a b c", "c", None, "the widest that was compiled"),
    ("a b c", "b", "b", "capped by SIGKIT_ISA=b"),
    ("a b", "b", None, "this CPU has no c"),
    ("a b", "b", "c", "this CPU has no c"),
    ("a b", "a", "a", "capped by SIGKIT_ISA=a"),
])  # fmt: skip
def test_reason_for_the_isa(monkeypatch, detected, active, variable, why):
    core = types.SimpleNamespace(
        isa_compiled=lambda: ("a", "b", "c"), isa_detected=lambda: tuple(detected.split()), isa_active=lambda: active,
        OPENMP=False, openmp_max_threads=lambda: 1,
    )  # fmt: skip
    monkeypatch.setattr(_config, "_core", core)
    monkeypatch.setattr(_workers, "_core", core)
    monkeypatch.delenv("SIGKIT_ISA", raising=False)
    if variable:
        monkeypatch.setenv("SIGKIT_ISA", variable)
    facts = _config.config()
    assert facts["isa"]["why"] == why
    assert facts["workers"]["why"] == "built without OpenMP"
    text = "\n".join(_config._lines(facts))
    assert f"{active} ({why})" in text and "no (built without it" in text


def test_reason_for_the_workers():
    with sigkit.set_workers(3):
        workers = _config.config()["workers"]
    expected = (3, "set_workers block") if _core.OPENMP else (1, "built without OpenMP")
    assert (workers["active"], workers["why"]) == expected


def test_package_that_is_not_installed():
    assert _config._version("no-such-distribution-as-this") == "not installed"


# ------------------------------------------------------------------------------------------- arguments and errors


def test_console_script():
    (script,) = importlib.metadata.entry_points(group="console_scripts", name="sigkit")
    assert script.load() is cli.main


@pytest.mark.parametrize("arguments", [[], ["nonsense"], ["info", "--nonsense"], ["--json"], ["info", "more"]])
def test_wrong_arguments(arguments, capsys):
    with pytest.raises(SystemExit) as end:
        cli.main(arguments)
    assert end.value.code == 2
    assert "usage: sigkit" in capsys.readouterr().err


def test_help_lists_the_commands(capsys):
    with pytest.raises(SystemExit) as end:
        cli.main(["--help"])
    assert end.value.code == 0
    out = capsys.readouterr().out
    for name in cli.COMMANDS:
        assert re.search(rf"^ +{name}\b", out, flags=re.M)


def test_arguments_of_the_process(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["sigkit", "info", "--json"])
    assert cli.main() == 0
    assert json.loads(capsys.readouterr().out) == _config.config()


@pytest.fixture
def trial(monkeypatch):
    """A command whose `run` a test supplies."""
    module = types.ModuleType("trial_command")
    module.add_arguments = lambda parser: parser.add_argument("--number", type=int, default=0)
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setitem(cli.COMMANDS, "trial", (module.__name__, "for a test"))
    return module


def test_command_gets_its_arguments_and_gives_the_exit_code(trial):
    trial.run = lambda arguments: arguments.number
    assert cli.main(["trial", "--number", "7"]) == 7
    assert cli.main(["trial"]) == 0


@pytest.mark.parametrize("error, text", [
    (ValueError("x=3: expected 4"), "x=3: expected 4"),
    (FileNotFoundError(2, "No such file or directory", "a.wav"), "No such file or directory: 'a.wav'"),
    (ImportError("no matplotlib"), "no matplotlib"),
    (MemoryError(), "MemoryError"),
])  # fmt: skip
def test_errors_of_input_are_one_line(trial, capsys, error, text):
    def run(arguments):
        raise error

    trial.run = run
    assert cli.main(["trial"]) == 2
    out, err = capsys.readouterr()
    assert out == "" and err.startswith("sigkit trial: error: ") and err.endswith(f"{text}\n") and err.count("\n") == 1


def test_faults_of_the_program_keep_their_traceback(trial):
    def run(arguments):
        raise TypeError("a fault")

    trial.run = run
    with pytest.raises(TypeError, match="a fault"):
        cli.main(["trial"])


def test_interrupted_command(trial):
    def run(arguments):
        raise KeyboardInterrupt

    trial.run = run
    assert cli.main(["trial"]) == 130


def test_garbage_in_the_environment_is_one_line():
    returncode, out, err = command("info", env={"SIGKIT_NUM_THREADS": "plenty"})
    assert (returncode, out) == (2, "")
    assert err == "sigkit info: error: SIGKIT_NUM_THREADS='plenty': expected an integer of at least 1\n"


@pytest.mark.parametrize("arguments", [["info"], ["info", "--json"], []])
def test_unknown_isa_is_one_line(arguments):
    """Though the import of the package, which comes before any of the command line's own code, raises."""
    env = {**os.environ, "SIGKIT_ISA": "sse9"}
    done = subprocess.run([sys.executable, "-m", "sigkit", *arguments], env=env, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    name = " ".join(["sigkit", *arguments[:1]])
    assert done.stderr.startswith(f"{name}: error: SIGKIT_ISA='sse9': expected one of baseline")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("argv, orig_argv, program", [
    (["/usr/bin/sigkit", "info"], ["python", "/usr/bin/sigkit", "info"], True),
    (["C:\\sigkit.exe" if os.name == "nt" else "sigkit.exe"], ["python"], True),
    (["-m", "info"], ["python", "-X", "dev", "-m", "sigkit", "info"], True),
    (["-m", "sigkit"], ["python", "-m", "other", "sigkit"], False),
    (["-c"], ["python", "-c", "import sigkit"], False),
    (["/home/sigkit/run.py"], ["python", "/home/sigkit/run.py"], False),
    ([], ["python"], False),
])  # fmt: skip
def test_is_program(monkeypatch, argv, orig_argv, program):
    monkeypatch.setattr(sys, "argv", argv)
    monkeypatch.setattr(sys, "orig_argv", orig_argv)
    assert cli.is_program() is program


@pytest.mark.parametrize("arguments", [["info"], ["--help"]])
def test_closed_pipe_is_silent(arguments):
    """``sigkit info | head -0``: the reader is gone before the first line."""
    reader, writer = os.pipe()
    os.close(reader)
    env = {**os.environ, "PYTHONUNBUFFERED": ""}  # argparse drops the error of a help text that is written at once
    command = [sys.executable, "-m", "sigkit", *arguments]
    done = subprocess.run(command, env=env, stdout=writer, stderr=subprocess.PIPE, text=True)
    os.close(writer)
    assert (done.returncode, done.stderr) == (141, "")


@pytest.mark.parametrize("arguments", [["info"], ["--help"], ["info", "--json"], ["features", "x.npy", "--fs", "8000"],
                                       ["features", "none.npy", "--fs", "8000"], ["nonsense"]])  # fmt: skip
@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_streams(folder, arguments, closed):
    """What was to be printed goes nowhere, and not into an output that was given the number of a closed file."""
    np.save("x.npy", np.sin(np.arange(4000.0)))
    command = shlex.join([sys.executable, "-m", "sigkit", *arguments])
    done = subprocess.run(["sh", "-c", f"{command} {closed}"], capture_output=True, text=True)
    failed = arguments[-1] == "nonsense" or "none.npy" in arguments
    assert done.returncode == (2 if failed else 0)
    assert not done.stdout or closed == "2>&-"
    assert bool(done.stderr) == (failed and closed == ">&-") and "Traceback" not in done.stderr
    made = sorted(path.name for path in folder.iterdir())
    assert made == ["x-features.npz", "x-features.png", "x.npy"] if "x.npy" in arguments else ["x.npy"]
    if "x.npy" in arguments:
        assert np.load("x-features.npz")["features"].shape == (51, 80)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_signals_are_left_as_they_were(trial, number):
    """Caught only while a command runs, and only where they would end the process."""
    trial.run = lambda arguments: os.kill(os.getpid(), number) or 0
    before = signal.signal(number, signal.SIG_DFL)
    try:
        with pytest.raises(SystemExit) as end:
            cli.main(["trial"])
        assert end.value.code == 128 + number and signal.getsignal(number) is signal.SIG_DFL
        signal.signal(number, signal.SIG_IGN)
        assert cli.main(["trial"]) == 0 and signal.getsignal(number) is signal.SIG_IGN
    finally:
        signal.signal(number, before)


def test_command_in_a_thread(trial):
    """Where no signal can be caught."""
    trial.run = lambda arguments: 5
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        assert pool.submit(cli.main, ["trial"]).result() == 5
