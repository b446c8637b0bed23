"""PyTorch datasets over arrays and memory maps. torch is imported when the first one is made."""

import functools
import inspect
import itertools
import os

import numpy as np

from sigkit import _array, _extras, _workers

_NO_MORE = object()


@functools.cache
def _with_base(own):
    """The class `own` with torch's Dataset or IterableDataset, as it is iterable, for a second base."""
    data = _extras.require("torch.utils.data", "torch")
    base = data.IterableDataset if issubclass(own, IterableSignalDataset) else data.Dataset
    return type(own.__name__, (own, base), {"__module__": own.__module__, "__doc__": own.__doc__, "_own": own})


def _restored(own, state):
    made = own.__new__(own)
    made.__dict__.update({name: _opened(value) for name, value in state.items()})
    return made


class _Examples:
    """What both kinds of dataset share."""

    def __new__(cls, *args, **keywords):
        return object.__new__(cls if "_own" in cls.__dict__ else _with_base(cls))

    def __init__(self, samples, targets=None, transform=None, *, seed=0):
        torch = _extras.require("torch", "torch")
        self.samples = self._source(samples, "samples")
        self.targets = None if targets is None else self._source(targets, "targets")
        self.transform = transform
        self.seed = _array.index(seed, "seed", 0)
        steps = () if transform is None else transform if isinstance(transform, (list, tuple)) else (transform,)
        for step in steps:
            if not callable(step):
                raise TypeError(f"transform: expected a function or a list of functions, got {_array.shown(step)}")
        self._steps = tuple((step, _takes_rng(step)) for step in steps)
        self._epoch = torch.zeros((), dtype=torch.int64).share_memory_()  # one for all workers, also those that stay

    def set_epoch(self, epoch):
        """From now on transforms draw the random numbers of this epoch, in all workers; call it before each epoch."""
        self._epoch.fill_(_array.index(epoch, "epoch", 0, (1 << 63) - 1))

    def __reduce__(self):
        state = {name: _closed(value) for name, value in self.__dict__.items()}
        return _restored, (self._own, state)

    def _example(self, index, sample, target):
        """The tensors of an example. Workers are the threads here: each computes on one."""
        from torch.utils.data import get_worker_info

        if get_worker_info() is None:
            value = self._transformed(index, sample)
        else:
            with _workers.set_workers(1):
                value = self._transformed(index, sample)
        return _tensors(value) if self.targets is None else (_tensors(value), _tensors(target))

    def _transformed(self, index, value):
        rng = None
        for step, takes_rng in self._steps:
            if takes_rng and rng is None:
                rng = np.random.default_rng([self.seed, int(self._epoch), index])
            value = step(value, rng=rng) if takes_rng else step(value)
        return value


class SignalDataset(_Examples):
    """Examples of an array, a memory map or a list of recordings as tensors: PyTorch's map-style ``Dataset``.

    Needs PyTorch: ``pip install "sigkit-dsp[torch]"``.

    Parameters
    ----------
    samples : array_like, path of a .npy file, or list of them
        Examples along the first axis. A file is mapped into memory, never loaded; a list may hold recordings of
        different lengths, also one file each.
    targets : array_like, path or list, optional
        What belongs to each example: as many as there are examples. Without it, an example is its tensor alone.
    transform : function or list of functions, optional
        What makes of an example, an array, what the network takes, one function after the other: those of sigkit, with
        their arguments set by `functools.partial`. A function with a parameter ``rng`` is given a
        `numpy.random.Generator`.
    seed : int, default 0
        Of the random numbers. Those of an example depend on the seed, the epoch and its index, and on nothing else:
        they are the same for any number of workers, any way of starting them and any order.

    Raises
    ------
    ImportError
        Where there is no PyTorch.
    TypeError
        For samples that are masked arrays, matrices or of unsupported dtypes; for a transform that is no function.
    ValueError
        For a scalar as samples, a seed below 0, and fewer or more targets than examples.

    See Also
    --------
    IterableSignalDataset : for what can only be read in turn.
    sigkit.network_input.fixed_length, sigkit.network_input.normalize : transforms.

    Notes
    -----
    ``set_epoch(n)`` before each epoch, as for PyTorch's ``DistributedSampler``, changes the random numbers in all
    workers, persistent ones too; without it each epoch draws the same ones.

    Tensors share memory with the arrays that transforms return; without a transform, with `samples` itself, so that
    nothing is copied (what PyTorch cannot share is: read-only memory such as a map, other byte orders, negative
    strides).

    ``DataLoader(dataset, num_workers=2)`` works whatever its workers are started by. Forked ones stay on one thread,
    since OpenMP does not survive a fork, and the others do so too: there are as many threads as workers. Sent to
    another process, memory maps go as the name of their file, not as their samples.

    Counterpart: ``torch.utils.data.TensorDataset``, whose tensors lie in memory as a whole, without transforms.

    Examples
    --------
    >>> import functools
    >>> import numpy as np
    >>> from sigkit import network_input
    >>> crop = functools.partial(network_input.fixed_length, length=256, where="random")
    >>> recordings = np.random.default_rng(0).standard_normal((100, 1000), np.float32)
    >>> labels = np.arange(100)
    >>> data = network_input.SignalDataset(recordings, labels, [crop, network_input.normalize])  # doctest: +SKIP
    >>> sample, label = data[7]  # doctest: +SKIP
    >>> sample.shape, label  # doctest: +SKIP
    (torch.Size([256]), tensor(7))
    """

    def __init__(self, samples, targets=None, transform=None, *, seed=0):
        super().__init__(samples, targets, transform, seed=seed)
        if self.targets is not None and len(self.targets) != len(self.samples):
            raise ValueError(f"targets: expected {len(self.samples)}, as many as samples, got {len(self.targets)}")

    def __len__(self):
        return len(self.samples)

    def __getitem__(self, index):
        number = _array.index(index, "index")
        number += len(self) if number < 0 else 0
        if not 0 <= number < len(self):
            raise IndexError(f"index {index} is out of range for {len(self)} examples")
        return self._example(number, self.samples[number], None if self.targets is None else self.targets[number])

    @staticmethod
    def _source(value, name):
        return _rows(value, name)


class IterableSignalDataset(_Examples):
    """Examples as tensors, in turn: PyTorch's ``IterableDataset``.

    Needs PyTorch: ``pip install "sigkit-dsp[torch]"``.

    Parameters
    ----------
    samples : array_like, path of a .npy file, list of them, or any iterable
        As in `SignalDataset`; or what gives arrays whenever it is iterated over, from the first on. (A generator does
        so only once: pass an object whose ``__iter__`` is one.)
    targets : array_like, path, list, or any iterable, optional
        What belongs to each example.
    transform : function or list of functions, optional
        As in `SignalDataset`.
    seed : int, default 0
        As in `SignalDataset`: of the random numbers of each example.

    Raises
    ------
    ImportError, TypeError, ValueError
        As `SignalDataset`; TypeError for an iterator; ValueError, at the end, for fewer or more targets than examples.

    See Also
    --------
    SignalDataset : whose examples can be had in any order.

    Notes
    -----
    Each worker of a ``DataLoader`` gives every n-th example, n being their number: all examples come once. Of arrays a
    worker reads those alone; an iterable each iterates over from its beginning. ``set_epoch``, shared memory, processes
    and random numbers are as in `SignalDataset`.

    Counterpart: ``torch.utils.data.IterableDataset``, which leaves the division among workers to whoever derives from
    it.

    Examples
    --------
    >>> import numpy as np
    >>> from sigkit import network_input
    >>> data = network_input.IterableSignalDataset(np.eye(3, dtype=np.float32))  # doctest: +SKIP
    >>> next(iter(data))  # doctest: +SKIP
    tensor([1., 0., 0.])
    """

    def __iter__(self):
        from torch.utils.data import get_worker_info

        info = get_worker_info()
        first, step = (0, 1) if info is None else (info.id, info.num_workers)
        sources = (self.samples,) if self.targets is None else (self.samples, self.targets)
        if all(hasattr(source, "__getitem__") for source in sources):
            if len({len(source) for source in sources}) > 1:
                raise ValueError(f"targets: expected {len(self.samples)}, as many as samples, got {len(self.targets)}")
            examples = ((i, tuple(s[i] for s in sources)) for i in range(first, len(self.samples), step))
        else:
            examples = ((i, e) for i, e in enumerate(_together(sources)) if i % step == first)
        for index, example in examples:
            yield self._example(index, example[0], example[-1])

    @staticmethod
    def _source(value, name):
        if hasattr(value, "__next__"):
            raise TypeError(f"{name}: expected what can be iterated over again, got an iterator")
        if hasattr(value, "__iter__") and not hasattr(value, "__getitem__"):
            return value
        return _rows(value, name)


# ---------------------------------------------------------------------------------------------------------- sources


def _together(sources):
    """What iterables give in turn, of which there must be as much in each."""
    for number, example in enumerate(itertools.zip_longest(*sources, fillvalue=_NO_MORE)):
        for name, value in zip(("samples", "targets"), example, strict=False):
            if value is _NO_MORE:
                raise ValueError(f"{name}: expected as many samples as targets, got only {number}")
        yield example


def _rows(value, name):
    """What `value` holds, by index: an array, or a list of arrays (targets: of anything)."""
    if isinstance(value, (list, tuple)):
        return list(value) if name == "targets" else [_rows_of(item, f"{name}[{i}]") for i, item in enumerate(value)]
    return _rows_of(value, name)


def _rows_of(value, name):
    if isinstance(value, (str, os.PathLike)):
        value = np.lib.format.open_memmap(value, mode="r")
    array = _array.as_array(value, name)
    if array.ndim == 0:
        raise ValueError(f"{name}: expected at least one dimension, got a scalar")
    return value if isinstance(value, np.memmap) else array


class _Map:
    """A memory map, as its place in a file."""

    def __init__(self, array, root):
        self.path, self.dtype = os.path.abspath(root.filename), array.dtype
        self.shape, self.strides = array.shape, array.strides
        self.first = root.offset + _address(array) - _address(root)

    def open(self):
        data = np.memmap(self.path, np.uint8, mode="r")
        return np.ndarray.__new__(np.memmap, self.shape, self.dtype, data, self.first, self.strides)


def _address(array):
    return array.__array_interface__["data"][0]


def _closed(value):
    """`value`, memory maps in it as `_Map`: a pickle of them would hold all their samples."""
    if isinstance(value, list):
        return [_closed(item) for item in value]
    if not isinstance(value, np.memmap):
        return value
    root = value
    while isinstance(root.base, np.memmap):
        root = root.base
    named = isinstance(root.filename, (str, os.PathLike)) and root.mode != "c" and value.size
    return _Map(value, root) if named else np.array(value)


def _opened(value):
    if isinstance(value, list):
        return [_opened(item) for item in value]
    return value.open() if isinstance(value, _Map) else value


# ---------------------------------------------------------------------------------------------------------- tensors


def _takes_rng(function):
    try:
        return "rng" in inspect.signature(function).parameters
    except (TypeError, ValueError):  # a built-in function without a signature
        return False


def _tensors(value):
    """Arrays as tensors, which share their memory where it can be written to; what is no array stays."""
    if isinstance(value, tuple):
        parts = [_tensors(part) for part in value]
        return type(value)(*parts) if hasattr(value, "_fields") else tuple(parts)
    if not isinstance(value, (np.ndarray, np.generic)):
        return value
    import torch

    array = np.asarray(value)
    flags = array.flags
    shared = all(step >= 0 and step % array.itemsize == 0 for step in array.strides)
    if not (shared and flags.writeable and flags.aligned and array.dtype.isnative):
        array = np.array(array, array.dtype.newbyteorder("="), order="C")
    return torch.from_numpy(array)
