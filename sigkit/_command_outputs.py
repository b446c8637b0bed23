"""The files that a command writes: all of them whole, or none."""

import argparse
import contextlib
import os
import secrets
import shutil
import stat

SUFFIXES = ".png", ".npy", ".npz"


class Outputs:
    """
    The files of {suffix: name}: under other names beside their own until all are whole, then all under their own; none,
    and older ones as they were, where anything fails. A context manager.
    """

    def __init__(self, names: dict[str, str], overwrite: bool):
        self._overwrite, self._scratch = overwrite, []
        self._places = {suffix: (name, os.path.realpath(name)) for suffix, name in names.items()}
        for place in self._places.values():
            self._mode_of(*place)

    def _mode_of(self, name, path):
        """The permissions of the file that is to be replaced, if there is one; an error where it is to be kept."""
        with self._named(name):
            try:
                mode = os.lstat(path).st_mode
            except FileNotFoundError:
                return None
        if not stat.S_ISREG(mode):
            raise ValueError(f"--output {ascii(name)}: exists, and is no regular file")
        if not self._overwrite:
            raise ValueError(f"--output {ascii(name)}: exists; pass --overwrite to replace it")
        return stat.S_IMODE(mode)

    def __enter__(self):
        try:  # now, so that a folder that cannot be written to is told of before the work
            self._paths = {suffix: self._new_file(*place) for suffix, place in self._places.items()}
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for path in self._scratch:
            with contextlib.suppress(OSError):  # most have their own names by now
                os.unlink(path)

    def _new_file(self, name, beside):
        """An empty file beside another, as private as that."""
        mode = self._mode_of(name, beside)
        path = os.path.join(os.path.dirname(beside), f".sigkit-{secrets.token_hex(8)}.tmp")
        with self._named(name):
            self._scratch.append(path)
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666 if mode is None else mode | 0o200))
        return path

    def temporary(self):
        """A new, empty file in the folder of an output, which goes when the outputs are done."""
        return self._new_file(*next(iter(self._places.values())))

    def path(self, suffix):
        """The file to write for the output of this kind; None where none is wanted."""
        return self._paths.get(suffix)

    def writing(self, *suffixes):
        """A context manager that names an output, the first or that of one of these kinds, in what the system says."""
        names = (name for suffix, (name, _) in self._places.items() if suffix in suffixes or not suffixes)
        return self._named(next(names))

    @staticmethod
    @contextlib.contextmanager
    def _named(name):
        try:
            yield
        except OSError as error:
            if error.errno is None:  # of a library that writes by itself
                raise OSError(f"{error}: {ascii(name)}") from error
            raise type(error)(error.errno, error.strerror, str(name)) from None

    def commit(self):
        """Give all files their names, and return them: suffix to name, for a message."""
        replaced = []
        try:
            for suffix, (name, path) in self._places.items():
                mode, older = self._mode_of(name, path), None
                with self._named(name):
                    if mode is not None:
                        os.chmod(self._paths[suffix], mode)
                        older = self._second_name(path)
                    replaced.append((path, older))
                    os.replace(self._paths[suffix], path)
        except BaseException:
            for path, older in replaced:
                with contextlib.suppress(OSError):
                    if older is None:
                        os.unlink(path)
                    else:
                        os.replace(older, path)
            raise
        return {suffix: ascii(str(name))[1:-1] for suffix, (name, _) in self._places.items()}

    def _second_name(self, path):
        """What `path` is to be found under while it may have to come back."""
        name = os.path.join(os.path.dirname(path), f".sigkit-{secrets.token_hex(8)}.tmp")
        self._scratch.append(name)
        try:
            os.link(path, name)
        except OSError:  # a file system without links
            shutil.copy2(path, name)
        return name


def outputs_of(arguments: argparse.Namespace, defaults: tuple[str, ...],
               suffixes: tuple[str, ...] = SUFFIXES) -> Outputs:
    """Those that the arguments of a command ask for; by default the recording's name with these ends."""
    stem = os.path.splitext(os.path.basename(arguments.file))[0]
    names = {}
    for name in arguments.output or [f"{stem}-{default}" for default in defaults]:
        path = os.path.realpath(name)
        suffix = os.path.splitext(path)[1].lower()
        if suffix not in suffixes:
            ends = " or ".join([", ".join(suffixes[:-1]), suffixes[-1]])
            raise ValueError(f"--output {ascii(name)}: expected a name that ends in {ends}")
        if suffix in names:
            raise ValueError(f"--output {ascii(name)}: a second {suffix}")
        for read in (arguments.file, getattr(arguments, "template", None)):
            if read is not None and os.path.exists(path) and os.path.exists(read) and os.path.samefile(path, read):
                raise ValueError(f"--output {ascii(name)}: is the recording itself")
        names[suffix] = name
    return Outputs(names, arguments.overwrite)
