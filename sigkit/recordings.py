"""Recordings in files, opened at once and read where they are asked for: audio, NumPy arrays, raw I/Q.

>>> import pathlib, tempfile
>>> import numpy as np
>>> from sigkit.recordings import open_recording
>>> folder = tempfile.TemporaryDirectory()
>>> path = pathlib.Path(folder.name, "capture.cu8")
>>> path.write_bytes(bytes([255, 0, 0, 255, 255, 255]))
6
>>> with open_recording(path, fs=2e6) as recording:
...     recording, recording[1:]
(<Recording capture.cu8: complex64 (3,), 2e+06 Hz>, array([-1.+1.j,  1.+1.j], dtype=complex64))
>>> folder.cleanup()
"""

import io
import math
import os
import stat
import warnings

import numpy as np

from sigkit import _array, _audio

__all__ = ["Recording", "open_recording"]

_RAW = {
    "cu8": ("u1", "uc8"),
    "cs8": ("i1", "sc8", "c8", "ci8"),
    "cs16": ("<i2", "sc16", "c16", "ci16"),
    "cf32": ("<f4", "fc32", "cfile"),
}  # fmt: skip
"""Format: what I and Q are stored as, and the other extensions it is known by."""
_SPELLINGS = {word: name for name, (_, *others) in _RAW.items() for word in (name, *others)}
_SCALE = {"cu8": 127.5, "cs8": 128, "cs16": 32768}
_AMBIGUOUS = {"", ".bin", ".dat", ".data", ".iq", ".pcm", ".raw"}
_HEAD = 1 << 16  # bytes: NumPy reads no header of more than 10,000, whatever its length is said to be
_AT_ONCE = 1 << 18  # samples: of a slice with a step, and of I/Q while they are converted


def open_recording(path, *, fs=None, format=None, axis=0):
    """Open a recording; its samples are read when they are asked for.

    Parameters
    ----------
    path : str, bytes or os.PathLike
        A regular file. Its extension says what it holds, in any case of letters, unless `format` does:

        =====================================  =========================================================
        extension                              holds
        =====================================  =========================================================
        .npy                                   one array of numbers, 1-D or 2-D
        .cu8 .uc8                              I/Q in unsigned 8 bits, as RTL-SDR receivers give it
        .cs8 .sc8 .c8 .ci8                     I/Q in signed 8 bits, as HackRF receivers give it
        .cs16 .sc16 .c16 .ci16                 I/Q in signed 16 bits, little-endian
        .cf32 .fc32 .cfile                     I/Q in float32, little-endian, as GNU Radio writes it
        .iq .raw .bin .dat .data .pcm, none    nothing that could be told: needs `format`
        all others                             audio: WAV, FLAC or OGG by their first bytes (extra ``io``)
        =====================================  =========================================================

    fs : float, optional
        Samples a second. By default what an audio file says; the other formats say nothing, and `Recording.fs` is then
        None. Given for an audio file, it replaces what that says.
    format : str, optional
        "audio", "npy" or an I/Q extension without its dot, whatever the name of the file is.
    axis : int, default 0
        Which axis of a 2-D .npy array is time; it comes first in the recording.

    Returns
    -------
    Recording
        Open, to be used in a ``with`` statement or closed by `Recording.close`.

    Raises
    ------
    TypeError
        If `path`, `fs`, `format` or `axis` is of a wrong type.
    ValueError
        For a file that is not what its name or `format` says, whose header contradicts itself or claims more than there
        is, that holds a broken number of I/Q samples, that is no regular file, or, of raw I/Q, empty; for an array of
        other things than numbers (no Python object is ever unpickled), of 0 channels or of more than two axes; for `fs`
        not above 0.
    OSError
        For a file that does not exist, may not be read, or is a directory.
    ImportError
        For audio, where soundfile is missing: the message names the extra to install.

    Warns
    -----
    UserWarning
        If bytes follow the samples that the header claims; they are not read.

    See Also
    --------
    sigkit.spectral.SpectrogramStream, sigkit.features.FeatureStream : take `Recording.blocks`.

    Notes
    -----
    Counterparts: ``soundfile.read``, ``librosa.load``, ``numpy.load(mmap_mode="r")``, ``sigmf.fromfile``. Differences:
    nothing is read before it is asked for, time is the first axis (librosa's last), nothing is resampled or mixed down.

    Samples are exact: float32 for audio of up to 24 bits, float64 for 32-bit integers and for doubles, full scale being
    1; of .npy as they are stored, whatever the byte order. I/Q is complex64, with

    ======  =====================  ==================================================================
    format  I or Q of a stored x   range
    ======  =====================  ==================================================================
    cu8     ``(x - 127.5)/127.5``  -1 to 1: a converter's zero lies between two codes (librtlsdr's
                                   Python wrapper does so; SigMF's has ``(x - 128)/128``)
    cs8     ``x / 128``            -1 to 1 - 2**-7, as SigMF
    cs16    ``x / 32768``          -1 to 1 - 2**-15, as SigMF
    cf32    x                      as stored
    ======  =====================  ==================================================================

    rounded once to float32. NaN and infinite samples of float formats are passed on.

    .npy and raw I/Q are memory-mapped by each read for as long as it lasts, so that memory does not grow with what was
    read; a file that another program has shortened meanwhile is a ValueError. Only ``np.asarray(recording)`` returns
    the mapping itself, where samples are stored as they are given (.npy, cf32): read-only, of no memory, and gone with
    a bus error if the file is shortened under it. In WAV and FLAC any place is found at once; in OGG (and WAV with
    ADPCM or GSM codecs) a read further on or back decodes everything before it, because the codecs give other samples
    behind a jump. A WAV whose header leaves the size open, as a pipe's, ends where the file does.

    Examples
    --------
    >>> import os, tempfile
    >>> import numpy as np
    >>> from sigkit.recordings import open_recording
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "tone.npy")
    ...     np.save(path, np.sin(2 * np.pi * 0.01 * np.arange(1000)).astype(np.float32))
    ...     with open_recording(path, fs=100) as recording:
    ...         print(len(recording), recording.dtype, recording.duration)
    ...         print([len(block) for block in recording.blocks(400)], recording[25:75].max())
    1000 float32 10.0
    [400, 400, 200] 1.0
    """
    path, fs = os.fsdecode(path), None if fs is None else _array.real(fs, "fs", above=0)
    axis, kind = _array.index(axis, "axis"), _kind(path, format)
    name = ascii(path)
    file = open(path, "rb", buffering=0, opener=_open_at_once)  # unbuffered: libsndfile moves the same file
    try:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise ValueError(f"{name} is not a regular file")
        if kind is None:
            raise ValueError(f"{name}: its extension does not say what it holds: give its format, such as 'cs16'")
        if kind == "audio":
            source = _audio.AudioFile(file, name)
        elif kind == "npy":
            source = _array_file(file, path, axis)
        else:
            source = _raw_file(file, name, kind)
        return Recording(path, fs, source)
    except BaseException:
        file.close()
        raise


def _open_at_once(path, flags):
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))  # a pipe would wait for a writer


def _kind(path, format):
    """"audio", "npy", or the name of a raw format; None where nobody says."""
    words = {"audio": "audio", "npy": "npy"} | _SPELLINGS
    if format is not None:
        if not isinstance(format, str):
            raise TypeError(f"format: expected a string, got {type(format).__name__}")
        if format not in words:
            raise ValueError(f"format={format!r}: expected one of {', '.join(words)}")
        return words[format]
    suffix = os.path.splitext(path)[1].lower()
    return None if suffix in _AMBIGUOUS else words.get(suffix[1:], "audio")


class Recording:
    """
    The samples of a file, read where they are asked for; `open_recording` makes it.

    ``recording[a:b]`` reads samples a to b - 1 into an array of their own, ``recording[i]`` one of them,
    ``recording[a:b, 0]`` some of the first channel. Any number of threads may read; behind a fork each process opens an
    audio file for itself.

    Attributes
    ----------
    path : str
        The file.
    fs : float or None
        Samples a second.
    shape : tuple of int
        (samples,), or (samples, channels) where the file has several or its array has two axes.
    dtype : numpy.dtype
        Of what is read.
    ndim : int
        1 or 2.
    duration : float or None
        Seconds.
    metadata : dict
        "format" and, of audio, "subtype" and the tags of the file, such as "title".

    See Also
    --------
    open_recording : the formats and their rules.

    Notes
    -----
    An open file cannot be pickled: send `path` to another process, and open it there.
    """

    __iter__ = None  # not by sample, each of which would be a read: see `blocks`

    def __init__(self, path, fs, source):
        self._source, self._closed = source, False
        self.path, self.fs = path, source.fs if fs is None else fs
        self.shape, self.dtype, self.metadata = source.shape, source.dtype, source.metadata

    @property
    def ndim(self):
        return len(self.shape)

    @property
    def duration(self):
        return None if self.fs is None else len(self) / self.fs

    def __len__(self):
        return self.shape[0]

    def __repr__(self):
        rate = "" if self.fs is None else f", {self.fs:g} Hz"
        return f"<Recording {ascii(os.path.basename(self.path))[1:-1]}: {self.dtype} {self.shape}{rate}>"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Close the file. Arrays that were read stay; a second time does nothing."""
        self._closed = True
        self._source.close()

    def __getitem__(self, key):
        if isinstance(key, tuple):
            if not key:
                return self.read()
            samples, kept = self[key[0]], isinstance(key[0], slice)
            return samples[(slice(None),) * kept + key[1:]]
        if isinstance(key, slice):
            return self._range(range(len(self))[key])
        number = _array.index(key, "index")
        if not -len(self) <= number < len(self):
            raise IndexError(f"index {number} is out of range for {len(self)} samples")
        return self._read(number % len(self), number % len(self) + 1)[0]

    def _range(self, numbers):
        if not numbers:
            return self._read(0, 0)
        if numbers.step < 0:
            return self._range(numbers[::-1])[::-1].copy()
        if numbers.step == 1:
            return self._read(numbers.start, numbers.stop)
        kept = np.empty((len(numbers), *self.shape[1:]), self.dtype)
        many = max(1, _AT_ONCE // numbers.step)
        for first in range(0, len(numbers), many):
            part = numbers[first:first + many]
            kept[first:first + many] = self._read(part[0], part[-1] + 1)[::numbers.step]
        return kept

    def _read(self, start, stop):
        if self._closed:
            raise ValueError(f"{self.path!a} is closed")
        return self._source.read(start, stop)

    def read(self):
        """Read everything.

        Returns
        -------
        ndarray, of `shape` and `dtype`
            An array of its own, in memory.

        Raises
        ------
        ValueError
            If the file holds less than its header claims, or is closed.
        OSError
            If the system cannot read it.
        """
        return self._read(0, len(self))

    def blocks(self, length, overlap=0):
        """Read block by block.

        Parameters
        ----------
        length : int
            Samples of a block; the last one has what is left.
        overlap : int, default 0
            How many samples at the end of a block are also those at the beginning of the next; less than `length`.

        Yields
        ------
        ndarray, shape (samples,) or (samples, channels)
            Arrays of their own. Every sample is in one of them, and no block but the first consists of samples that
            were in the one before; a recording without samples has no block.

        Raises
        ------
        TypeError, ValueError
            For lengths that are no integers or out of range, and as `read`.
        """
        length, overlap = _array.index(length, "length", 1), _array.index(overlap, "overlap", 0)
        if overlap >= length:
            raise ValueError(f"overlap={overlap}: expected less than length, which is {length}")
        return self._blocks(length, overlap)

    def _blocks(self, length, overlap):
        kept, start = np.empty((0, *self.shape[1:]), self.dtype), 0
        while start < len(self):
            stop = min(len(self), start + length - len(kept))
            block = self._read(start, stop)
            if len(kept):
                block = np.concatenate([kept, block])
            if overlap:
                kept = block[len(block) - min(overlap, len(block)):].copy()
            yield block
            start = stop

    def __array__(self, dtype=None, copy=None):
        dtype = self.dtype if dtype is None else np.dtype(dtype)
        if not copy and dtype == self.dtype and self._source.mappable and not self._closed:
            return self._source.mapped()
        if copy is False:
            raise ValueError(f"{self.path!a} cannot be read as {dtype} without a copy")
        return self.read().astype(dtype, copy=False)


class _Mapped:
    """An array in a file, time first, mapped anew by every read."""

    fs = None

    def __init__(self, file, name, stored, metadata):
        self._file, self._name = file, name
        self._dtype, self._offset, self._shape, self._order, self._axis = stored
        self.metadata, self.mappable, self.dtype = metadata, True, self._dtype
        self.shape = np.moveaxis(np.broadcast_to(0, self._shape), self._axis, 0).shape
        self._bytes = self._offset + self._dtype.itemsize * math.prod(self._shape)

    def close(self):
        self._file.close()

    def mapped(self):
        if os.fstat(self._file.fileno()).st_size < self._bytes:
            raise ValueError(f"{self._name} is truncated: it was shortened after it was opened")
        if 0 in self._shape:  # nothing to map
            return np.empty(self.shape, self._dtype)
        mapping = np.memmap(self._file, self._dtype, "r", self._offset, self._shape, self._order)
        return np.moveaxis(mapping.view(np.ndarray), self._axis, 0)

    def read(self, start, stop):
        return np.array(self.mapped()[start:stop], order="C")


class _Integers(_Mapped):
    """I/Q in integers, as complex64."""

    def __init__(self, file, name, stored, metadata):
        super().__init__(file, name, stored, metadata)
        self.mappable, self.dtype, self.shape = False, np.dtype(np.complex64), self.shape[:1]

    def read(self, start, stop):
        stored, scale = self.mapped()[start:stop], _SCALE[self.metadata["format"]]
        result = np.empty(len(stored), np.complex64)
        parts = result.view(np.float32).reshape(-1, 2)
        for first in range(0, len(stored), _AT_ONCE):  # by pieces that stay in cache, and between which Ctrl-C is heard
            block, part = stored[first:first + _AT_ONCE], parts[first:first + _AT_ONCE]
            if stored.dtype.kind == "u":
                np.subtract(block, np.float32(127.5), out=part)
                np.divide(part, np.float32(scale), out=part)
            else:
                np.multiply(block, np.float32(1 / scale), out=part)  # a power of two: exact
        return result


def _array_file(file, path, axis):
    name, head = ascii(path), io.BytesIO(file.read(_HEAD))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of headers in the manner of Python 2, which are read all the same
            version = np.lib.format.read_magic(head)
            if version not in ((1, 0), (2, 0), (3, 0)):
                raise ValueError(f"version {version} of the format is unknown")
            # Version 3 is version 2 with names of fields that are not Latin-1, and an array of numbers has no fields.
            reader = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
            shape, fortran_order, dtype = reader(head)
    except Exception as error:  # the parser of headers meets arbitrary bytes; MemoryError is its word for deep nesting
        reason = " ".join(str(error).split())  # it quotes them: anything, in any number of lines
        raise ValueError(f"{name} is not a .npy file, or is damaged: {ascii(reason)[1:-1]:.200}") from error
    offset = head.tell()
    if dtype.hasobject:
        raise ValueError(f"{name} holds Python objects, which are never unpickled")
    if dtype.kind not in "biufc" or dtype.subdtype:
        raise ValueError(f"{name} must hold numbers, got dtype {dtype}")
    if len(shape) not in (1, 2):
        raise ValueError(f"{name} must be 1-D or 2-D, got shape {shape}")
    if min(shape) < 0:
        raise ValueError(f"{name} is damaged: shape {shape}")
    if not -len(shape) <= axis < len(shape):
        raise ValueError(f"axis={axis}: out of range for {name} of shape {shape}")
    if len(shape) == 2 and shape[1 - axis % 2] == 0:
        raise ValueError(f"{name} has 0 channels: shape {shape}")
    needed, found = dtype.itemsize * math.prod(shape), os.fstat(file.fileno()).st_size - offset
    if needed > found:
        raise ValueError(f"{name} is truncated: {needed:,} bytes claimed by its header, {found:,} found")
    if needed < found:
        warnings.warn(f"{name}: {found - needed:,} bytes behind the array are not read", stacklevel=3)
    stored = dtype, offset, shape, "F" if fortran_order else "C", axis
    return _Mapped(file, name, stored, {"format": "npy"})


def _raw_file(file, name, kind):
    part, size = np.dtype(_RAW[kind][0]), os.fstat(file.fileno()).st_size
    if not size:
        raise ValueError(f"{name} is empty")
    if size % (2 * part.itemsize):
        raise ValueError(f"{name} has {size:,} bytes, expected a multiple of {2 * part.itemsize} as {kind}: truncated, "
                         "or of another format")
    count, metadata = size // (2 * part.itemsize), {"format": kind}
    if kind == "cf32":
        return _Mapped(file, name, (np.dtype("<c8"), 0, (count,), "C", 0), metadata)
    return _Integers(file, name, (part, 0, (count, 2), "C", 0), metadata)
