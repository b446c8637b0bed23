"""Rows of cases.py for `sigkit.multirate`."""

import numpy as np
import reference
from cases import EVERY, Case, floating, samples


def as_signal(*dtypes):
    """The precision of the last array, complex where any is."""
    dtype = floating(dtypes[-1])
    return np.result_type(dtype, np.complex64) if any(d.kind == "c" for d in dtypes) else dtype


def bound(case, sizes):
    terms, size = sizes
    return (np.minimum(terms, 256) + terms // 256 + 4) * size


def of_upfirdn(case, positional, keywords):
    return case.eps(positional) * bound(case, reference.polyphase_size(*positional, **keywords))


def of_resampling(case, positional, keywords):
    x, up, down = positional
    half = 10 * max(up, down)
    h = reference.lowpass(half, 1 / max(up, down), lambda n: np.kaiser(n, 5.0)) * up
    count = -(-x.shape[keywords.get("axis", 0)] * up // down)
    sizes = reference.polyphase_size(h, x, up, down, keywords.get("axis", 0),
                                     keywords.get("padtype", "constant"), 0, half, count)  # fmt: skip
    return case.eps(positional) * bound(case, sizes)


def of_decimation(case, positional, keywords):
    x, q = positional
    half = 10 * q
    h = reference.lowpass(half, 1 / q, np.hamming)
    sizes = reference.polyphase_size(h, x, 1, q, -1, first=half, count=-(-x.shape[-1] // q))
    return case.eps(positional) * bound(case, sizes)


def of_filter(case, positional, keywords):
    b, _, x = positional
    b = np.atleast_1d(b)
    kept = len(b) - 1
    terms, size = reference.polyphase_size(b, x, axis=keywords.get("axis", -1), count=x.shape[-1] + kept)
    total = bound(case, (terms, size))
    if "zi" not in keywords:
        return case.eps(positional) * total[..., : x.shape[-1]]
    total[..., :kept] += 2 * abs(keywords["zi"])
    return case.eps(positional) * total[..., : x.shape[-1]], case.eps(positional) * total[..., x.shape[-1] :]


def taps_and_line(taps=7, **keywords):
    return lambda dtype, rng, n: ((samples(rng, dtype, min(n, taps)), samples(rng, dtype, n)), keywords)


def taps_and_columns(dtype, rng, n):
    return (samples(rng, dtype, 5), samples(rng, dtype, max(n // 20, 1), 20)), {"up": 3, "down": 2, "axis": 0}


def line(*more, **keywords):
    return lambda dtype, rng, n: ((samples(rng, dtype, n), *more), keywords)


def taps_one_and_line(dtype, rng, n):
    return (samples(rng, dtype, 5), 1, samples(rng, dtype, n)), {}


def with_state(dtype, rng, n):
    (b, a, x), _ = taps_one_and_line(dtype, rng, n)
    wide = np.result_type(dtype, np.float16)
    return (b, a, x), {"zi": samples(rng, wide if wide.kind == "c" else np.float32, 4)}


ROWS = [
    Case("multirate.upfirdn", taps_and_line(down=4), of_upfirdn, EVERY, as_signal, bench=("fir-decimate",)),
    Case("multirate.upfirdn:5/3, edge", taps_and_line(40, up=5, down=3, mode="edge"), of_upfirdn, EVERY, as_signal),
    Case("multirate.upfirdn:wrap", taps_and_line(9, up=2, mode="wrap"), of_upfirdn, EVERY, as_signal),
    Case("multirate.upfirdn:antireflect", taps_and_line(9, up=2, mode="antireflect"), of_upfirdn, EVERY, as_signal),
    Case("multirate.upfirdn:axis 0", taps_and_columns, of_upfirdn, EVERY, as_signal),
    Case("multirate.upfirdn:sparse", taps_and_line(2, down=40), of_upfirdn, EVERY, as_signal, parallel=False),
    Case("multirate.resample_poly", line(8, 7), of_resampling, EVERY, as_signal, arrays=(0,), bench=("resample",)),
    Case("multirate.resample_poly:line", line(2, 3, padtype="line"), of_resampling, EVERY, as_signal, arrays=(0,)),
    Case("multirate.decimate", line(3, ftype="fir"), of_decimation, EVERY, as_signal, arrays=(0,)),
    Case("multirate.lfilter", taps_one_and_line, of_filter, EVERY, as_signal, arrays=(0, 2)),
    Case("multirate.lfilter:state", with_state, of_filter, EVERY, as_signal, arrays=(0, 2)),
]  # fmt: skip
