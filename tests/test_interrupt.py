"""Ctrl-C ends a long call at once; what it held is freed, and the next call is right."""

import json
import os

import pytest
from processes import run_python

PROMISE = 0.5
"""Seconds from the signal to the KeyboardInterrupt, as documented."""

SCRIPT = """
import json, os, signal, threading, time
import numpy as np
import scipy.fft  # beforehand: an interrupt of an import may be swallowed by what is imported
import sigkit
from sigkit import _core

signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs start with SIGINT ignored
sigkit.set_workers({workers})
rng = np.random.default_rng(5)
{setup}
small = lambda: sigkit.sliding_dot_product(np.arange(50.0), np.array([1.0, 2.0])).tolist()
expected, before = small(), _core.allocations()
clock = time.pthread_getcpuclockid(threading.main_thread().ident)
sent = []

def interrupt():
    sent.append((time.perf_counter(), time.clock_gettime(clock)))
    os.kill(os.getpid(), signal.SIGINT)

timer = threading.Timer(0.05, interrupt)
try:
    timer.start()  # here, as a busy machine may deliver the signal before it returns
    {call}
except KeyboardInterrupt:
    caught = time.perf_counter(), time.clock_gettime(clock)
    timer.join()
    assert _core.allocations() == before
    assert small() == expected
    print(json.dumps([now - then for now, then in zip(caught, sent[0])]))
"""

LONG = "x = rng.standard_normal(3_000_000).astype(np.{dtype}); h = rng.standard_normal(150_000).astype(np.{dtype})"
CALLS = {
    "sliding_dot_product": (LONG.format(dtype="float32"), "sigkit.sliding_dot_product(x, h)"),
    "correlate": (LONG.format(dtype="float64"), "sigkit.correlate(x, h, 'valid', 'direct')"),
    "convolve complex": (LONG.format(dtype="complex128"), "sigkit.convolve(x, h, 'full', 'direct')"),
    "correlate integers": ("x = np.arange(2_000_000); h = x[:100_000]", "sigkit.correlate(x, h, 'same', 'direct')"),
    "correlate along another axis": (
        "x = rng.standard_normal((200_000, 16)); h = x[:100_000]", "sigkit.correlate(x, h, 'same', 'direct', axis=0)"),
    "convolve2d": (
        "x = rng.standard_normal((2000, 2000)); h = rng.standard_normal((300, 300))", "sigkit.convolve2d(x, h)"),
    "correlate_bank": (
        "x = rng.standard_normal(100_000); h = rng.standard_normal((300, 20_000))", "sigkit.correlate_bank(x, h)"),
    "crosscorrelate": (
        LONG.format(dtype="float32"), "sigkit.crosscorrelate(np.broadcast_to(x, (100, x.size)), x, 900)"),
    "crosscorrelate integers": ("x = np.arange(2_000_000)", "sigkit.crosscorrelate(x, x, 50_000)"),
    "crosscorrelate of far lags": (  # the first of them lie beyond the samples
        "x = np.arange(1_000_000); y = np.arange(30_000)", "sigkit.crosscorrelate(x, y, 900_000)"),
    "autocorrelate, many lags": (
        LONG.format(dtype="float64"), "sigkit.autocorrelate(np.broadcast_to(x, (20, x.size)), 80_000)"),
    "sliding_pearson": (LONG.format(dtype="float32"), "sigkit.sliding_pearson(x, h)"),
    "sliding_pearson of a step": (
        LONG.format(dtype="float64") + "; x[1_000_000:] += 1e9", "sigkit.sliding_pearson(x, h)"),
    "sliding_pearson of a long template": (
        "x = rng.standard_normal(5_000_000); h = x[:2_000_000]", "sigkit.sliding_pearson(x, h)"),
    "sliding_pearson of a bank": (
        "x = rng.standard_normal(200_000).astype(np.float32); h = rng.standard_normal((600, 10_000))",
        "sigkit.sliding_pearson(x, h)"),
    "match_template": (
        "x = rng.standard_normal((3000, 3000)); h = rng.standard_normal((9, 70, 70))",
        "sigkit.match_template(x, h, axes=(0, 1))"),
    "match_template of specks": (
        "x = rng.standard_normal((3000, 3000)); x[rng.random(x.shape) < 2e-4] = 1e8; h = x[:60, :60]",
        "sigkit.match_template(x, h)"),
    "match_template, mask": (
        "x = rng.standard_normal((3000, 3000)).astype('f4'); h = x[:9, :9]",
        "sigkit.match_template(np.broadcast_to(x, (9, 3000, 3000)), h, mask=h > 0)"),
    "rolling_pearson": (
        LONG.format(dtype="float64"), "sigkit.rolling_pearson(np.broadcast_to(x, (20, x.size)), x[::-1], 1000)"),
    "rolling_std of long windows": (
        LONG.format(dtype="float32"), "sigkit.rolling_std(np.broadcast_to(x, (20, x.size)), 100_000)"),
    "sliding_pearson with weights": (
        LONG.format(dtype="float64") + "; w = np.hanning(h.size)", "sigkit.sliding_pearson(x, h, weights=w)"),
    "matched_filter": (
        "x = rng.standard_normal((20, 3_000_000)); h = rng.standard_normal((40, 20, 3000))",
        "sigkit.matched_filter(h, 0, 1, x)"),
    "znorm_distance": (LONG.format(dtype="float32"), "sigkit.znorm_distance(x, h)"),
    "corrcoef": ("x = rng.standard_normal((3000, 8000), dtype=np.float32)", "sigkit.corrcoef(x)"),
    "corrcoef of missing samples": (
        "x = rng.standard_normal((500, 20_000)); x[x > 1] = np.nan; x[:, 0] = 1e9 * np.arange(500)",
        "sigkit.corrcoef(x, nan_policy='omit')"),
    "spectrogram": (LONG.format(dtype="float32"), "sigkit.spectrogram(x, n_fft=16384, hop_length=500)"),
    "stft, any length": (LONG.format(dtype="float64"), "sigkit.stft(x, n_fft=2053)"),
    "istft": (
        "x = np.broadcast_to(rng.standard_normal((2049, 3000)) + 0j, (20, 2049, 3000))", "sigkit.istft(x)"),
    "welch": (LONG.format(dtype="float32"), "sigkit.welch(np.broadcast_to(x, (100, x.size)), nperseg=4096)"),
    "coherence": (
        LONG.format(dtype="float64"), "sigkit.coherence(np.broadcast_to(x, (20, x.size)), x, nperseg=120)"),
    "pearsonr": (
        "x = np.broadcast_to(rng.standard_normal(100_000), (100_000, 100_000))", "sigkit.pearsonr(x, x, axis=-1)"),
}  # fmt: skip


@pytest.mark.skipif("libasan" in os.environ.get("LD_PRELOAD", ""), reason="a sanitized build is ten times slower")
@pytest.mark.parametrize("name, workers", [("correlate", 1), *((name, 2) for name in CALLS)])
def test_interrupt_ends_a_long_call(name, workers, capsys):
    """The time is that of the thread that computes, so that a busy machine cannot fail the test."""
    setup, call = CALLS[name]
    printed = run_python(SCRIPT.format(workers=workers, setup=setup, call=call))
    assert printed, "the call was over before the signal"
    elapsed, computing = json.loads(printed)
    with capsys.disabled():
        print(f"\n{name}, {workers} workers: interrupted after {elapsed * 1e3:.0f} ms")
    assert computing < PROMISE
