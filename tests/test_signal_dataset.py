"""`SignalDataset` and its iterable twin in PyTorch's loaders: whatever starts the workers, nothing hangs or differs."""

import doctest
import functools
import multiprocessing
import pickle

import numpy as np
import pytest
from processes import run_python

from sigkit import _core, network_input

torch = pytest.importorskip("torch", reason="torch is not installed: the `torch` extra brings it")

RECORDINGS = np.random.default_rng(0).standard_normal((20, 300), np.float32)
CROP = functools.partial(network_input.fixed_length, length=64, where="random")


# The parent has used a team before its workers are started, by each of the ways.
LOADERS = """
import functools, signal, sys
import numpy as np
import torch
import sigkit
from sigkit import network_input
from torch.utils.data import DataLoader

def examples(loader, epoch):
    loader.dataset.set_epoch(epoch)
    found = [(int(t), x.numpy().tobytes()) for xs, ts in loader for x, t in zip(xs, ts)]
    assert len({index for index, _ in found}) == len(found) == 20
    return sorted(found)

if __name__ == "__main__":
    path, method = sys.argv[1:]
    sigkit.set_workers(2)
    network_input.normalize(np.ones((2000, 4000), np.float32))
    transform = [functools.partial(network_input.fixed_length, length=64, where="random"), network_input.normalize]
    start = {"num_workers": 2, "multiprocessing_context": method, "timeout": 50}
    data, stream = (kind(path, np.arange(20), transform, seed=5)
                    for kind in (network_input.SignalDataset, network_input.IterableSignalDataset))
    expected = [examples(DataLoader(data, 3), epoch) for epoch in (0, 1)]
    assert expected[0] != expected[1]
    assert examples(DataLoader(data, 3, shuffle=True, **start), 1) == expected[1]
    kept = DataLoader(stream, 3, persistent_workers=True, **start)
    assert [examples(kept, epoch) for epoch in (0, 1)] == expected, "workers that stay have not seen the epoch"
    assert examples(DataLoader(stream, 3), 1) == expected[1]
"""


@pytest.mark.parametrize("method", [m for m in ("fork", "forkserver", "spawn")
                                    if m in multiprocessing.get_all_start_methods()])  # fmt: skip
def test_loaders(method, tmp_path):
    """The same examples without workers and with two, which the parent's team has not hung; each of them once."""
    np.save(tmp_path / "x.npy", RECORDINGS)
    (tmp_path / "loaders.py").write_text(LOADERS)
    script = f"""
import runpy, sys, warnings
warnings.filterwarnings("ignore", "This process .* is multi-threaded")
sys.argv = [{str(tmp_path / "loaders.py")!r}, {str(tmp_path / "x.npy")!r}, {method!r}]
runpy.run_path(sys.argv[0], run_name="__main__")
"""
    run_python(script, deadline=120)


@pytest.mark.skipif(not _core.OPENMP, reason="this build has no OpenMP, so no call has a team")
def test_workers_are_the_threads():
    """A worker that was spawned may use OpenMP, but there are other workers."""
    run_python("""
import numpy as np, sigkit, torch
from sigkit import network_input
from torch.utils.data import _utils
sigkit.set_workers(2)
seen = []
data = network_input.SignalDataset(np.ones((3, 4)), transform=lambda x: seen.append(sigkit.get_workers()) or x)
data[0]
_utils.worker._worker_info = object()
data[0]
assert seen == [2, 1], seen
""")


def test_both_are_torchs_datasets():
    data, stream = network_input.SignalDataset(RECORDINGS), network_input.IterableSignalDataset(RECORDINGS)
    assert isinstance(data, torch.utils.data.Dataset) and isinstance(data, network_input.SignalDataset)
    assert [isinstance(one, torch.utils.data.IterableDataset) for one in (data, stream)] == [False, True]
    assert len(data) == 20 and len(torch.utils.data.Subset(data, [3, 4])) == 2

    class Mine(network_input.SignalDataset):
        def __getitem__(self, index):
            return -super().__getitem__(index)

    assert isinstance(Mine(RECORDINGS), Mine) and (Mine(RECORDINGS)[3] == -data[3]).all()


def test_memory_is_shared():
    x = RECORDINGS.copy()
    data = network_input.SignalDataset(x)
    data[2][0] = 99
    assert x[2, 0] == 99
    made = []
    data = network_input.SignalDataset(x, transform=lambda row: made.append(network_input.normalize(row)) or made[0])
    assert data[0].data_ptr() == made[0].ctypes.data
    for odd in (x[:, ::-1], np.broadcast_to(x[:1], x.shape), x.astype(">f4")):  # what torch cannot share
        assert torch.equal(network_input.SignalDataset(odd)[1], torch.from_numpy(np.array(odd[1], np.float32)))


def test_sources(tmp_path):
    np.save(tmp_path / "x.npy", RECORDINGS)
    ragged = network_input.SignalDataset([RECORDINGS[0], tmp_path / "x.npy", RECORDINGS[0, :7].tolist()], list("abc"))
    assert [len(x) for x, _ in ragged] == [300, 20, 7] and ragged[-1][1] == "c"
    tensors = network_input.SignalDataset(torch.from_numpy(RECORDINGS), torch.arange(20))
    assert torch.equal(tensors[3][0], torch.from_numpy(RECORDINGS[3])) and tensors[3][1] == 3

    class Blocks:
        def __iter__(self):
            yield from RECORDINGS

    stream = network_input.IterableSignalDataset(Blocks(), Blocks())
    assert all(torch.equal(a, b) for a, b in stream) and len(list(stream)) == len(list(stream)) == 20
    masked = network_input.SignalDataset(RECORDINGS, transform=lambda x: network_input.pad_batch([x], 400))
    assert masked[0].mask.sum() == 300 and isinstance(masked[0].samples, torch.Tensor)


def test_random_numbers_belong_to_the_example():
    """Not to the order in which examples are asked for."""
    data = network_input.SignalDataset(RECORDINGS, transform=CROP, seed=1)
    forwards = [data[i] for i in range(20)]
    backwards = [data[i] for i in range(19, -1, -1)][::-1]
    assert all(map(torch.equal, forwards, backwards))
    other = network_input.SignalDataset(RECORDINGS, transform=CROP, seed=2)
    assert any(not torch.equal(a, b) for a, b in zip(forwards, other, strict=True))


def test_maps_are_pickled_by_name(tmp_path):
    big = np.random.default_rng(0).standard_normal((1000, 300))
    np.save(tmp_path / "x.npy", big)
    mapped = np.load(tmp_path / "x.npy", mmap_mode="r")
    for part in (mapped, mapped[5::2, ::-1], mapped.T[3:]):
        data = network_input.SignalDataset(part)
        packed = pickle.dumps(data)
        assert len(packed) < 5000
        for copy in (pickle.loads(packed), pickle.loads(pickle.dumps(pickle.loads(packed)))):
            assert torch.equal(copy[7], torch.from_numpy(part[7].copy()))
    private = np.load(tmp_path / "x.npy", mmap_mode="c")
    private[7] = 1  # which the file does not know
    assert (pickle.loads(pickle.dumps(network_input.SignalDataset(private)))[7] == 1).all()


@pytest.mark.parametrize("call, error, words", [
    (lambda kind: kind(3.0), ValueError, "samples: .*scalar"),
    (lambda kind: kind([None]), TypeError, r"samples\[0\]"),
    (lambda kind: kind(np.ma.masked_array(RECORDINGS)), TypeError, "samples: .*MaskedArray"),
    (lambda kind: kind(RECORDINGS, transform=3), TypeError, "transform: .*3"),
    (lambda kind: kind(RECORDINGS, transform=[CROP, None]), TypeError, "transform: .*None"),
    (lambda kind: kind(RECORDINGS, seed=-1), ValueError, "seed=-1"),
    (lambda kind: kind(RECORDINGS).set_epoch(-1), ValueError, "epoch=-1"),
    (lambda kind: list(kind(RECORDINGS, np.arange(3))), ValueError, "targets: expected 20.*got 3"),
    (lambda kind: kind("no such file.npy"), FileNotFoundError, "no such file.npy"),
    (lambda kind: kind(iter(RECORDINGS)), TypeError, "samples: "),
])  # fmt: skip
@pytest.mark.parametrize("kind", [network_input.SignalDataset, network_input.IterableSignalDataset])
def test_bad_input(call, error, words, kind):
    with pytest.raises(error, match=words):
        call(kind)


def test_bad_indices():
    for index, error in ((20, IndexError), (-21, IndexError), (1.0, TypeError), ("0", TypeError)):
        with pytest.raises(error, match="index"):
            network_input.SignalDataset(RECORDINGS)[index]


def test_without_torch():
    run_python("""
import sys
sys.modules["torch"] = None
import numpy as np
from sigkit import network_input
network_input.normalize(np.ones(3))
try:
    network_input.SignalDataset(np.ones((3, 4)))
except ImportError as error:
    assert 'pip install "sigkit-dsp[torch]"' in str(error)
else:
    raise AssertionError
""")


def test_fields_of_records():
    """Their samples stand apart by no multiple of their size, which torch cannot share."""
    records = np.zeros((8, 5), [("time", "f4"), ("z", "c8")])
    records["z"] = np.arange(40).reshape(8, 5)
    assert network_input.SignalDataset(records["z"])[1].tolist() == [5, 6, 7, 8, 9]


@pytest.mark.parametrize(("samples", "targets", "name"), [(3, 2, "targets"), (2, 3, "samples")])
def test_iterables_of_unequal_lengths(samples, targets, name):
    class Count:
        def __init__(self, n):
            self.n = n

        def __iter__(self):
            return iter(np.arange(self.n, dtype=float)[:, None])

    with pytest.raises(ValueError, match=f"{name}: expected as many samples as targets, got only 2"):
        list(network_input.IterableSignalDataset(Count(samples), Count(targets)))


@pytest.mark.parametrize("kind", [network_input.SignalDataset, network_input.IterableSignalDataset])
def test_examples_of_the_docstrings(kind):
    """They need torch, so the run of all docstrings leaves them out."""
    text = kind.__doc__.replace("  # doctest: +SKIP", "")
    test = doctest.DocTestParser().get_doctest(text, {}, kind.__name__, None, None)
    assert test.examples and doctest.DocTestRunner().run(test).failed == 0
