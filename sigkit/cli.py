"""The command line: ``sigkit COMMAND`` or ``python -m sigkit COMMAND``.

A command is a module with ``add_arguments(parser)`` and ``run(arguments) -> int`` (the exit code), and one row here.
Only the module of the command asked for is imported, so ``sigkit info`` needs none of the extras.
"""

import argparse
import contextlib
import importlib
import os
import signal
import sys
import threading
from collections.abc import Sequence

COMMANDS = {
    "info": ("sigkit._config", "versions, CPU code paths and threads, with the reason for each choice"),
    "spectrogram": ("sigkit._command_spectrogram", "draw or save the spectrogram of a recording, however long"),
    "features": ("sigkit._command_features", "log-mel features of a recording, however long, with derivatives"),
    "match": ("sigkit._command_match", "where a template occurs in a recording, however long, or in an image"),
    "demo": ("sigkit.demo", "find a beat in a real ECG: matches, windows for a network, a figure, times, errors"),
}


def main(argv: Sequence[str] | None = None) -> int:
    """
    Run one command and return its exit code.

    Parameters
    ----------
    argv : sequence of str, optional
        The arguments behind the program's name; by default those of the process.

    Returns
    -------
    int
        0 for success, 2 where the command failed (bad input, a missing file or extra), 130 after Ctrl-C, 141 where
        the reader of a pipe went away. Wrong arguments end the process with 2 too, as argparse does; SIGTERM and SIGHUP
        end it with 128 and their number, and nothing half-written is left.
    """
    _open_streams()
    argv = sys.argv[1:] if argv is None else list(argv)
    parser = argparse.ArgumentParser(prog="sigkit", description="Signal processing kernels for NumPy arrays.")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    try:
        try:
            for name, (module, summary) in COMMANDS.items():
                command = commands.add_parser(name, help=summary, description=summary)
                if argv[:1] == [name]:
                    importlib.import_module(module).add_arguments(command)
            arguments = parser.parse_args(argv)
            with _ended_by_signals():
                return importlib.import_module(COMMANDS[arguments.command][0]).run(arguments)
        finally:
            sys.stdout.flush()
    except BrokenPipeError:
        # Nobody reads any more: what is left goes nowhere, or the interpreter would complain about it at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 141
    except (ImportError, OSError, ValueError, MemoryError) as error:  # what input, files and extras can cause
        return fail(error, argv)
    except KeyboardInterrupt:
        return 130


def _open_streams() -> None:
    """What was closed (``>&-``) leads nowhere: no file may take its number, to which C libraries would still write."""
    while (number := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(number)
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w"))


@contextlib.contextmanager
def _ended_by_signals():
    """SIGTERM and SIGHUP as exceptions, as Ctrl-C is one: what a command has begun is taken away."""

    def end(number, frame):
        for other in changed:
            signal.signal(other, signal.SIG_IGN)  # once is enough
        raise SystemExit(128 + number)

    # A thread may not, and a process that ignores them (nohup) goes on to do so.
    changed = [number for number in (signal.SIGTERM, signal.SIGHUP) if signal.getsignal(number) is signal.SIG_DFL]
    if threading.current_thread() is not threading.main_thread():
        changed = []
    for number in changed:
        signal.signal(number, end)
    try:
        yield
    finally:
        for number in changed:
            signal.signal(number, signal.SIG_DFL)


def fail(error: Exception, argv: Sequence[str]) -> int:
    """Print what was wrong in one line; the exit code."""
    print(f"sigkit {' '.join(argv[:1])}".rstrip() + f": error: {str(error) or type(error).__name__}", file=sys.stderr)
    return 2


def is_program() -> bool:
    """Whether this process was started as the command line, which may be importing `sigkit` still."""
    if sys.argv[:1] == ["-m"]:  # no more is known of a module that is being looked for
        return ["-m", "sigkit"] in [sys.orig_argv[i : i + 2] for i in range(len(sys.orig_argv))]
    return os.path.splitext(os.path.basename(sys.argv[0]))[0] == "sigkit" if sys.argv else False
