"""Audio files through soundfile (the extra ``io``): samples from any place on, the claims of headers checked."""

import contextlib
import os
import struct
import threading
import warnings

import numpy as np

from sigkit._extras import require

PIECE = 1 << 18
"""Numbers decoded by one call: the most that Ctrl-C waits for, and that a header's claim alone can allocate."""

_MAGIC = {
    b"RIFF": "WAV", b"RIFX": "WAV", b"RF64": "WAV", b"fLaC": "FLAC", b"OggS": "OGG",
    b"ID3\x02": "FLAC", b"ID3\x03": "FLAC", b"ID3\x04": "FLAC",  # tags that some programs put in front
}  # fmt: skip
_FORMATS = {"WAV": "WAV", "WAVEX": "WAV", "RF64": "WAV", "FLAC": "FLAC", "OGG": "OGG"}
_CHUNKS = 10_000
"""More before the samples are not looked at one by one."""
_PLAIN = {1, 3, 6, 7, 0xFFFE}
"""Codecs of a WAV that store every sample in as many bytes: integers, floats, A-law, mu-law, and the extensible header
of these."""
_STORED = {"ULAW", "ALAW", "FLOAT", "DOUBLE", "PCM_U8", "PCM_S8", "PCM_16", "PCM_24", "PCM_32"}


class AudioFile:
    """The samples of an open WAV, FLAC or OGG file: `read` from any place on, by any thread."""

    mappable = False

    def __init__(self, file, name):
        self._file, self._name, self._lock, self._reader = file, name, threading.Lock(), None
        size, magic = os.fstat(file.fileno()).st_size, file.read(4)
        if not size:
            raise ValueError(f"{name} is empty")
        kind = _MAGIC.get(magic)
        if kind is None:
            raise ValueError(f"{name} is not WAV, FLAC or OGG audio; raw I/Q is known by an extension such as .cs16, "
                             "or by the format given")
        self._soundfile = require("soundfile", "io")
        if kind == "WAV":
            _check_riff(file, size, name)
        if kind == "OGG":
            _check_ogg(file, size, name)
        self._restart()
        reader = self._reader
        if _FORMATS.get(reader.format) != kind:
            reader.close()
            raise ValueError(f"{name} is not WAV, FLAC or OGG audio, but {reader.format}")
        # Where samples stand one by one, and in FLAC, libsndfile finds any of them.
        self._seekable = kind == "FLAC" or kind == "WAV" and reader.subtype in _STORED
        # The narrower float that holds every sample as it is: 24 bits and their sign fit into float32.
        self.dtype = np.dtype(np.float64 if reader.subtype in ("PCM_32", "DOUBLE") else np.float32)
        self.shape = (reader.frames,) if reader.channels == 1 else (reader.frames, reader.channels)
        self._piece = max(1, PIECE // reader.channels)
        self.fs = float(reader.samplerate)
        if kind == "FLAC" and reader.frames:
            self._direct(reader.frames - 1, reader.frames)  # is the last sample there that the header claims?
            position = os.lseek(file.fileno(), 0, os.SEEK_CUR)  # its frame was read, and a little ahead of it
            if position < size:
                _warn_of_rest(name, size - position, stacklevel=4)
        tags = {tag: text for tag, text in reader.copy_metadata().items() if text}
        self.metadata = {"format": reader.format, "subtype": reader.subtype, **tags}

    def close(self):
        with self._lock:
            self._reader.close()
            self._file.close()

    def read(self, start, stop):
        """Samples `start` to `stop` - 1, in an array of their own."""
        with self._lock:
            try:
                return self._direct(start, stop) if self._seekable else self._in_order(start, stop)
            except BaseException:
                self._position = None  # unknown: the next read starts anew
                raise

    def _restart(self):
        if self._reader is not None:
            self._reader.close()
        os.lseek(self._file.fileno(), 0, os.SEEK_SET)
        with _told(self._name):
            self._reader = self._soundfile.SoundFile(self._file.fileno(), closefd=False)
        self._position, self._held = 0, ()

    def _direct(self, start, stop):
        if self._position is None:
            self._restart()
        if start != self._position:
            with _told(self._name):
                self._reader.seek(start)
            self._position = start
        return self._decode(stop - start)

    def _in_order(self, start, stop):
        """From pieces that begin at the same samples whoever asks. The state of a codec is what came before, so that
        samples behind a seek are others; and those of Opus are wrong if a read begins within the last packets."""
        parts = [np.empty((0, *self.shape[1:]), self.dtype)]
        while start < stop:
            if self._position is None or start < self._position - len(self._held):
                self._restart()
            if start >= self._position:
                left = self.shape[0] - self._position
                self._held = self._decode(left if left < 2 * self._piece else self._piece)
                continue
            first = self._position - len(self._held)
            parts.append(self._held[start - first:stop - first])
            start += len(parts[-1])
        return np.concatenate(parts)

    def _decode(self, count):
        shape = self.shape[1:]
        samples, done = np.empty((min(count, self._piece), *shape), self.dtype), 0
        while done < count:
            if done == len(samples):  # memory grows with what is there, never with what a header claims
                samples.resize((min(count, 2 * done), *shape), refcheck=False)
            part = samples[done:done + self._piece]
            with _told(self._name):
                got = len(self._reader.read(out=part))
            self._position, done = self._position + got, done + got
            if got < len(part):
                raise ValueError(f"{self._name} is truncated or damaged: its header claims {self.shape[0]:,} samples, "
                                 f"{self._position:,} can be read")
        return samples


@contextlib.contextmanager
def _told(name):
    """Errors of libsndfile and its wrapper, which are of several kinds, as ValueErrors that name the file."""
    try:
        yield
    except (OSError, MemoryError):
        raise
    except Exception as error:
        reason = " ".join(str(getattr(error, "error_string", error)).split()) or type(error).__name__
        raise ValueError(f"{name} cannot be read: truncated or damaged ({reason:.200})") from error


def _check_riff(file, size, name):
    """Raise where a WAV file claims more samples than it has: libsndfile reads what is left and says nothing. Where it
    claims fewer, warn."""
    file.seek(0)
    form = file.read(12)
    order, data64 = ">" if form[:4] == b"RIFX" else "<", None
    if form[8:] != b"WAVE":
        raise ValueError(f"{name} is not WAV, FLAC or OGG audio, but another RIFF file")
    for _ in range(_CHUNKS):
        header = file.read(8)
        if len(header) < 8:
            return
        chunk, length = struct.unpack(f"{order}4sI", header)
        if not _is_name(chunk):
            return  # libsndfile says what it is, or finds the next chunk
        begin = file.tell()
        if chunk == b"fmt ":
            _check_sizes(file.read(16), order, name)
        if chunk == b"ds64" and len(sizes := file.read(16)) == 16:  # of an RF64: the sizes that 32 bits cannot hold
            _, data64 = struct.unpack("<QQ", sizes)
        if chunk == b"data":
            if length == 0xFFFFFFFF:
                if not data64:
                    return  # written to a pipe: samples up to the end, and that is how libsndfile reads it
                length = data64
            if length > size - begin:
                raise ValueError(f"{name} is truncated: {length:,} bytes of samples claimed, {size - begin:,} found")
            _check_behind(file, order, begin + length + length % 2, size, name, length)
            return
        file.seek(begin + length + length % 2)
    raise ValueError(f"{name} is damaged: {_CHUNKS:,} chunks before its samples")


def _is_name(chunk):
    return chunk.isascii() and chunk.decode().isprintable()


def _check_sizes(header, order, name):
    """Raise where the bytes of a block are not those of its samples, which could then be read as others."""
    if len(header) < 16:
        return
    codec, channels, _, _, block, bits = struct.unpack(f"{order}HHIIHH", header)
    if codec in _PLAIN and block != channels * -(-bits // 8):
        raise ValueError(f"{name} is damaged: {channels} channel(s) of {bits} bits claimed in {block} bytes")


def _check_behind(file, order, position, size, name, length):
    """What follows the samples should be a chunk; else it may be more samples, of a recorder that was stopped."""
    file.seek(position)
    header = file.read(8)
    if len(header) < 8:
        return
    chunk, rest = struct.unpack(f"{order}4sI", header)
    if _is_name(chunk) and position + 8 + rest <= size:
        return
    if not length:
        raise ValueError(f"{name} is damaged: no samples claimed by its header, {size - position:,} bytes behind it")
    _warn_of_rest(name, size - position, stacklevel=6)


def _warn_of_rest(name, count, stacklevel):
    warnings.warn(f"{name}: {count:,} bytes behind the samples that the header claims are not read", UserWarning,
                  stacklevel)


_FIRST_PAGE, _LAST_PAGE = 2, 4


def _check_ogg(file, size, name):
    """Raise unless the pages of an OGG file follow each other to its end, and the last is marked as that: libsndfile
    ends with any page, and before a second stream."""
    position, flags, ended = 0, 0, False
    while position < size:
        file.seek(position)
        page = file.read(27 + 255)
        if len(page) < 27 or page[:4] != b"OggS" or len(page) < 27 + page[26]:
            break
        flags = page[5]
        if ended and flags & _FIRST_PAGE:
            raise ValueError(f"{name} holds several OGG streams, one after another: split it first")
        ended |= bool(flags & _LAST_PAGE)
        position += 27 + page[26] + sum(page[27:27 + page[26]])
    if position != size or not flags & _LAST_PAGE:
        raise ValueError(f"{name} is truncated or damaged: it does not end with the last page of an OGG stream")
