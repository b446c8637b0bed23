"""Recordings of different lengths in one array."""

from typing import NamedTuple

import numpy as np

from sigkit import _array, _normalize


class PaddedBatch(NamedTuple):
    """What `pad_batch` returns."""

    samples: np.ndarray
    """(N, timesteps), (N, timesteps, features) or (N, features, timesteps)"""
    lengths: np.ndarray
    """(N,), int64: how many time steps of each are samples"""
    mask: np.ndarray
    """(N, timesteps), bool: True where there are samples"""


def pad_batch(arrays, length=None, *, normalize=None, layout=None, fill_value=0.0):
    """Recordings of different lengths as one array, with their lengths and a mask.

    Parameters
    ----------
    arrays : list of array_like, shape (n,) or (n, features) each
        The recordings, time first; views such as ``x.T`` cost nothing. All have as many axes and features; an array
        holds one in each row.
    length : int, optional
        Time steps of the result. Default: those of the longest; no recording may have more (see `fixed_length`).
    normalize : {None, "zscore", "minmax", "peak", "rms"}, default None
        How to `normalize` each feature of each recording, over its own samples, on the way. The padding does not count.
    layout : {None, "last", "first"}, default None
        Where the features go: "last" ``(N, timesteps, features)`` (recurrent layers, Keras), "first"
        ``(N, features, timesteps)`` (convolutions in PyTorch). Recordings of one axis are then of one feature. Default:
        as "last", and ``(N, timesteps)`` for those.
    fill_value : float, default 0.0
        What stands behind the end of a recording, after the normalisation.

    Returns
    -------
    samples : ndarray, shape (N, timesteps), (N, timesteps, features) or (N, features, timesteps)
        Of the common dtype of the recordings (``np.result_type``); float64 for integers and bool, float32 for float16.
    lengths : ndarray of int64, shape (N,)
        Time steps of each recording, as PyTorch's ``pack_padded_sequence`` takes them.
    mask : ndarray of bool, shape (N, timesteps)
        True where there are samples: Keras' convention. PyTorch's ``key_padding_mask`` is its inverse.

        They come as a `PaddedBatch`, a named tuple.

    Raises
    ------
    TypeError
        For recordings that are masked arrays, matrices or of unsupported dtypes, complex ones to be normalised, and
        what is neither a list, a tuple nor an array.
    ValueError
        For no recordings; for scalars and those of more than two axes, or of different numbers of axes or features; for
        a `length` below the longest, an unknown word, or a `fill_value` that the result does not hold.

    See Also
    --------
    fixed_length : crops, pads or resamples one recording.
    as_sequences : an array whose recordings are equally long.

    Notes
    -----
    Counterpart: ``torch.nn.utils.rnn.pad_sequence`` with ``batch_first=True``. Differences: lengths and mask come with
    it, the normalisation is done on the way, features may come first; everything is written once, by up to
    `sigkit.get_workers()` threads, with the same bits for any number of them.

    NaN rule: samples are copied as they are; normalised, a feature of a recording that holds a sample which is not
    finite becomes NaN, its padding does not. Constant features become 0; errors are those of `normalize`.

    Examples
    --------
    >>> import numpy as np
    >>> from sigkit import network_input
    >>> batch = network_input.pad_batch([np.array([1.0, 2.0, 3.0]), np.array([4.0])])
    >>> batch.samples
    array([[1., 2., 3.],
           [4., 0., 0.]])
    >>> batch.lengths
    array([3, 1])
    >>> batch.mask
    array([[ True,  True,  True],
           [ True, False, False]])
    >>> leads = [np.ones((9000, 12), np.float32), np.ones((18000, 12), np.float32)]
    >>> samples, lengths, mask = network_input.pad_batch(leads, normalize="zscore", layout="first")
    >>> samples.shape, samples.dtype
    ((2, 12, 18000), dtype('float32'))
    """
    items = _recordings(arrays, real=normalize is not None)
    scaling = _normalize.AS_IS
    if normalize is not None:
        scaling = _normalize.METHODS[_array.choice(normalize, "normalize", tuple(_normalize.METHODS))]
    if layout is not None:
        _array.choice(layout, "layout", ("last", "first"))
    lengths = np.array([len(item) for item in items], np.int64)
    longest = int(lengths.max())
    if length is None:
        length = longest
    elif (length := _array.size(length, "length", 0)) < longest:
        raise ValueError(f"length={length}: expected at least {longest}, that of the longest recording")
    dtypes = {item.dtype for item in items}
    dtype = _array.common_dtype(np.empty(0, np.result_type(*dtypes)))
    features = items[0].shape[1] if items[0].ndim == 2 else 1
    fill = _array.fill_value(fill_value, dtype)
    _array.check_size(len(items) * length * features, dtype, f"length={length}")
    flat = items[0].ndim == 1 and layout is None
    shape = (features, length) if layout == "first" else (length, features)
    out = np.empty((len(items), length) if flat else (len(items), *shape), dtype)
    mask = np.empty((len(items), length), np.bool_)
    target = out[..., None] if flat else out.swapaxes(1, 2) if layout == "first" else out
    _array.pad(items, target, mask, scaling, fill)
    return PaddedBatch(out, lengths, mask)


def _recordings(arrays, real):
    if isinstance(arrays, (list, tuple)):
        items = [_array.as_array(item, f"arrays[{i}]", real=real) for i, item in enumerate(arrays)]
    else:
        items = _array.as_array(arrays, "arrays", real=real)
        if items.ndim == 0:
            raise ValueError("arrays: expected a list of recordings, got a scalar")
        items = list(items)
    if not items:
        raise ValueError("arrays: expected at least one recording, got none")
    first = items[0]
    for i, item in enumerate(items):
        if item.ndim not in (1, 2):
            raise ValueError(f"arrays[{i}]: expected shape (n,) or (n, features), got {item.shape}")
        if item.shape[1:] != first.shape[1:]:
            raise ValueError(f"arrays[{i}]: expected as many axes and features as arrays[0] has, whose shape is "
                             f"{first.shape}, got {item.shape}")  # fmt: skip
    return items
