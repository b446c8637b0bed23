"""FIR filters over streams of blocks, for `sigkit.multirate`."""

import math

import numpy as np

from sigkit import _array, _polyphase


class _Stream:
    """Blocks in, outputs out as soon as the last sample of their window is there; what later ones need is kept.

    Positions count the stream's samples times `up`, from its beginning; output k stands at ``start + k * down``.
    Without taps (None) the samples pass as they are.
    """

    def __init__(self, taps, up, down, start, axis):
        self._taps, self._up, self._down, self._start = taps, up, down, start
        self._axis = _array.index(axis, "axis")
        self._reach = 1 if taps is None else -(-len(taps) // up)  # samples under an output
        self.reset()

    def reset(self):
        """Forget all samples: the next block begins another stream."""
        self._kept = None  # the last samples
        self._seen = self._given = 0  # samples and outputs so far

    def process(self, block):
        """Outputs whose window ends within the samples so far, the first not given yet on; the others of
        `block` are as the first block's."""
        block = _array.as_array(block, "block")
        lines = _array.axis_last(block, self._axis, "block")
        dtype = _array.common_dtype(block)
        place = self._axis % block.ndim
        if self._kept is None:
            self._kept = np.empty((*block.shape[:place], 0, *block.shape[place + 1 :]), dtype)
        others = self._kept.shape[:place] + self._kept.shape[place + 1 :]
        if self._kept.ndim != block.ndim or others != lines.shape[:-1] or self._kept.dtype != dtype:
            at = self._axis % self._kept.ndim
            shape = (*self._kept.shape[:at], "k", *self._kept.shape[at + 1 :])
            raise ValueError(f"block: expected shape {shape} and samples that compute in {self._kept.dtype} as the "
                             f"first block's, got {block.shape} and {block.dtype}")  # fmt: skip
        samples = np.concatenate((self._kept, block), axis=place, dtype=dtype)
        seen = self._seen + lines.shape[-1]
        ready = -(-(seen * self._up - self._start) // self._down)
        out = self._outputs(samples, seen, ready)
        # The window of the next output begins here, or further on.
        first = (self._start + self._given * self._down) // self._up - (self._reach - 1)
        keep = min(max(seen - first, 0), samples.shape[place])
        index = (*(slice(None),) * place, slice(samples.shape[place] - keep, None))
        self._kept, self._seen = samples[index].copy(), seen
        return out

    def flush(self):
        """The outputs past the last sample, as the call on the whole signal ends with them; the stream is over then,
        and the next block begins another. Without a block the whole signal is no samples, in float64."""
        samples = np.empty(0) if self._kept is None else self._kept
        out = self._outputs(samples, self._seen, self._total(self._seen))
        self.reset()
        return out

    def _total(self, samples):
        raise NotImplementedError

    def _outputs(self, samples, seen, until):
        """Outputs up to the number `until`, of samples of which the last is number `seen` of the stream."""
        count = max(0, until - self._given)
        if self._taps is None:
            self._given += count
            return samples.copy()
        lines = _array.axis_last(samples, self._axis, "block")
        dropped = (seen - lines.shape[-1]) * self._up
        first = self._start + self._given * self._down - dropped
        dtype = _polyphase.result_dtype(samples, self._taps)
        out = _polyphase.run(lines, self._taps, self._up, self._down, first, count, self._axis, dtype)
        self._given += count
        return out


class FirFilter(_Stream):
    """An FIR filter, with decimation, over a stream of blocks of any size.

    The outputs of all blocks and of `flush`, one after the other, have the same bits as
    ``upfirdn(taps, x, 1, decimation)`` of the whole signal has, however it is cut.

    Parameters
    ----------
    taps : array_like, shape (m,)
        Real or complex.
    decimation : int, default 1
        Keep every so manyth output, the first one on.
    axis : int, default -1
        The axis of time in the blocks; all others are a batch and the same in every block.

    Raises
    ------
    TypeError
        For taps or blocks of a dtype that `sigkit.upfirdn` refuses.
    ValueError
        If `taps` is not 1-D or empty, `decimation` is not an integer >= 1, or a block has not the shape, or does not
        compute in the precision, of the first one, which may be empty.

    See Also
    --------
    Resampler : any ratio, the filter designed.
    sigkit.upfirdn : the same in one call.
    sigkit.correlation.oaconvolve : for more than some thousand taps, where sums through spectra are faster.

    Notes
    -----
    Counterpart: none in SciPy (``lfilter`` with ``zi`` keeps a state by hand and gives other bits). `process` gives the
    outputs whose last sample has come: ``ceil(samples so far / decimation)`` in all, none for an empty block. `flush`
    gives the ``ceil((n + m - 1) / decimation)`` less those that are left, in which the filter runs out, and begins
    anew; without it the outputs are those of `sigkit.lfilter`. `reset` begins anew at once. At most m samples
    are kept. An object serves one stream: it is not for several threads at a time.

    Examples
    --------
    >>> import numpy as np
    >>> import sigkit
    >>> halve = sigkit.FirFilter([0.5, 0.5], decimation=2)
    >>> halve.process(np.array([1.0, 2.0, 3.0])), halve.process(np.array([4.0])), halve.flush()
    (array([0.5, 2.5]), array([], dtype=float64), array([2.]))
    """

    def __init__(self, taps, decimation=1, *, axis=-1):
        taps = _polyphase.taps_array(taps, "taps").copy()
        super().__init__(taps, 1, _polyphase.rate(decimation, "decimation"), 0, axis)

    def _total(self, samples):
        return _polyphase.output_length(len(self._taps), samples, 1, self._down)


class Resampler(_Stream):
    """Resampling by the ratio ``up / down`` over a stream of blocks of any size.

    The outputs of all blocks and of `flush`, one after the other, have the same bits as
    ``resample_poly(x, up, down, axis, window)`` of the whole signal has, however it is cut.

    Parameters
    ----------
    up, down : int
        Rates, below 2**31; what they have in common is divided out.
    window : str, tuple or array_like, default ("kaiser", 5.0)
        As in `sigkit.resample_poly`.
    axis : int, default -1
        The axis of time in the blocks; all others are a batch and the same in every block.

    Raises
    ------
    TypeError, ValueError
        As `sigkit.resample_poly`; and a ValueError for a block that has not the shape, or does not compute in the
        precision, of the first one, which may be empty.

    See Also
    --------
    FirFilter : taps of one's own.
    sigkit.resample_poly : the same in one call.

    Notes
    -----
    Counterpart: none in SciPy. An output comes as soon as the last sample under the filter has, which is
    ``10 * max(up, down) / up`` samples past its own place with the filters designed here; `flush` gives those
    left of ``ceil(n * up / down)``, with zeros behind the signal, and begins anew. `reset` begins anew at once. An
    object serves one stream: it is not for several threads at a time.

    Examples
    --------
    >>> import numpy as np
    >>> import sigkit
    >>> x = np.sin(np.arange(1000) / 20)
    >>> resampler = sigkit.Resampler(3, 2)
    >>> parts = [*(resampler.process(block) for block in np.split(x, [1, 400, 400])), resampler.flush()]
    >>> bool((np.concatenate(parts) == sigkit.resample_poly(x, 3, 2)).all())
    True
    """

    def __init__(self, up, down, *, window=("kaiser", 5.0), axis=-1):
        up, down = _polyphase.rate(up, "up"), _polyphase.rate(down, "down")
        divisor = math.gcd(up, down)
        up, down = up // divisor, down // divisor
        taps, delay = _polyphase.resampling_filter(up, down, window)
        super().__init__(taps, up, down, delay, axis)

    def _total(self, samples):
        return -(-samples * self._up // self._down)
