"""Rows of `sigkit.correlation`."""

import functools

import numpy as np
from rows import Contest, Target, peer, row, scipy_threads

import sigkit


def normal(rng, shape, dtype=np.float32):
    """Standard normal samples; a complex one has two standard normal parts."""
    real = np.finfo(dtype).dtype
    parts = np.dtype(dtype).itemsize // real.itemsize
    return rng.standard_normal((*np.atleast_1d(shape), parts), dtype=real).view(dtype)[..., 0]


def fft_bound(signal, template):
    """Largest rounding error of a correlation through FFTs; that of direct sums is below it in these rows."""
    return 8 * np.finfo(signal.dtype).eps * np.log2(signal.size) * np.linalg.norm(signal) * np.linalg.norm(template)


def sliding(name, work, n, m, peers, dtype=np.float32, taps=np.float32):
    """The row of one line's sliding dot product."""
    @row(name, work, peers)
    def make(rng):
        x, h = normal(rng, n, dtype), normal(rng, m, taps)
        flipped = h[::-1].copy()
        cv2, ndimage, signal = peer("cv2"), peer("scipy.ndimage"), peer("scipy.signal")
        parts = x.view(h.dtype).reshape(1, n, -1)  # to OpenCV a complex line is an image of two channels
        image, line = np.empty_like(parts), np.empty_like(x)

        # the first is direct sums whatever the length, the second goes to FFTs where they are faster
        ours = sigkit.sliding_dot_product if m < 1000 else functools.partial(sigkit.correlate, mode="valid")

        def threaded(function, template):
            with scipy_threads():
                return function(x, template, "valid")

        calls = {
            "sigkit": lambda: ours(x, h),
            "np.correlate": lambda: np.correlate(x, h, "valid"),
            "cv2.filter2D": lambda: cv2.filter2D(parts, -1, h[None], dst=image, anchor=(0, 0),
                                                 borderType=cv2.BORDER_CONSTANT),
            "ndimage.correlate1d": lambda: ndimage.correlate1d(x, h, output=line, mode="constant"),
            "signal.correlate": lambda: threaded(signal.correlate, h),
            "oaconvolve": lambda: threaded(signal.oaconvolve, flipped),
            "fftconvolve": lambda: threaded(signal.fftconvolve, flipped),
        }
        views = {"cv2.filter2D": lambda result: result.ravel().view(dtype)[:n - m + 1],
                 "ndimage.correlate1d": lambda result: result[m // 2:][:n - m + 1]}
        return Contest(calls, fft_bound(x, h), views)


sliding("corr1d-3", "sliding dot product, 1,000,000 float32, 3 taps", 10**6, 3,
        {"np.correlate": Target(2, 5), "cv2.filter2D": None, "signal.correlate": None, "ndimage.correlate1d": None})
sliding("corr1d-31", "sliding dot product, 1,000,000 float32, 31 taps", 10**6, 31,
        {"cv2.filter2D": Target(4, 8), "np.correlate": None, "signal.correlate": None, "ndimage.correlate1d": None})
sliding("corr1d-128", "sliding dot product, 1,000,000 float32, 128 taps", 10**6, 128,
        {"cv2.filter2D": Target(3, 6), "oaconvolve": None})
sliding("corr1d-257", "sliding dot product, 1,000,000 float32, 257 taps", 10**6, 257,
        {"oaconvolve": Target(3, 6), "cv2.filter2D": None, "np.correlate": None})
sliding("corr1d-1025", "sliding dot product, 1,000,000 float32, 1025 taps", 10**6, 1025,
        {"oaconvolve": Target(4, 8), "cv2.filter2D": Target(1.5, 3)})
sliding("corr1d-10000", "sliding dot product, 10,000,000 float32, 10,000 taps", 10**7, 10**4,
        {"oaconvolve": Target(4, 8), "fftconvolve": None})
sliding("corr1d-f64", "sliding dot product, 1,000,000 float64, 31 taps", 10**6, 31,
        {"cv2.filter2D": Target(5, 10), "np.correlate": None}, dtype=np.float64, taps=np.float64)
sliding("corr1d-c64", "sliding dot product, 1,000,000 complex64, 128 float32 taps", 10**6, 128,
        {"oaconvolve": Target(3, 6), "cv2.filter2D": None, "np.correlate": None}, dtype=np.complex64)


def batch(name, work, shape, axis):
    """The row of many lines' sliding dot products along `axis`."""
    @row(name, work, {"cv2.filter2D": Target(1.2, 2)})
    def make(rng):
        x, h = normal(rng, shape), normal(rng, 31)
        cv2, image = peer("cv2"), np.empty_like(x)
        kernel = h[:, None] if axis == 0 else h[None]
        inside = (slice(shape[0] - 30), slice(None)) if axis == 0 else (slice(None), slice(shape[1] - 30))
        calls = {
            "sigkit": lambda: sigkit.sliding_dot_product(x, h, axis=axis),
            "cv2.filter2D": lambda: cv2.filter2D(x, -1, kernel, dst=image, anchor=(0, 0),
                                                 borderType=cv2.BORDER_CONSTANT),
        }
        return Contest(calls, fft_bound(x, h), {"cv2.filter2D": lambda result: result[inside]})


batch("corr1d-batch", "sliding dot product, 256 x 8192 float32, 31 taps, last axis", (256, 8192), -1)
batch("corr1d-batch-axis0", "sliding dot product, 8192 x 256 float32, 31 taps, axis 0", (8192, 256), 0)


@row("corr-bank", "64 templates of 1000 over 200,000 float32",
     {"oaconvolve per template": Target(5, 10), "oaconvolve, broadcast": None})
def corr_bank(rng):
    x, templates = normal(rng, 200_000), normal(rng, (64, 1000))
    flipped, out = templates[:, ::-1].copy(), np.empty((64, 199_001), np.float32)
    signal = peer("scipy.signal")

    def one_by_one():
        with scipy_threads():
            for line, template in zip(out, flipped, strict=True):
                line[:] = signal.oaconvolve(x, template, "valid")
        return out

    def broadcast():
        with scipy_threads():
            return signal.oaconvolve(x[None], flipped, "valid", axes=1)

    calls = {"sigkit": lambda: sigkit.correlate_bank(x, templates), "oaconvolve per template": one_by_one,
             "oaconvolve, broadcast": broadcast}
    return Contest(calls, fft_bound(x, templates[0]))


@row("corr-lags", "autocorrelation of 1,000,000 float32 at 200 lags",
     {"np.correlate, padded": Target(10, 40), "signal.correlate, all lags": None})
def corr_lags(rng):
    n, lags = 10**6, 200
    x = normal(rng, n)
    padded = np.pad(x, (0, lags - 1))
    signal = peer("scipy.signal")

    def all_lags():
        with scipy_threads():
            return signal.correlate(x, x, "full", "fft")

    calls = {"sigkit": lambda: sigkit.autocorrelate(x, lags - 1),
             "np.correlate, padded": lambda: np.correlate(padded, x, "valid"),
             "signal.correlate, all lags": all_lags}
    # n rounded additions, as a random walk, of a sum that ends at |x|^2
    bound = np.sqrt(n) * np.finfo(x.dtype).eps * np.dot(x, x)
    return Contest(calls, bound, {"signal.correlate, all lags": lambda result: result[n - 1:n - 1 + lags]})


@row("call-overhead", "one convolve of 100 float32 with 11", {"np.convolve": Target(0.4, 1),
                                                              "signal.convolve": Target(3, 8)})
def call_overhead(rng):
    x, h = normal(rng, 100), normal(rng, 11)
    signal = peer("scipy.signal")
    calls = {"sigkit": lambda: sigkit.convolve(x, h), "np.convolve": lambda: np.convolve(x, h),
             "signal.convolve": lambda: signal.convolve(x, h)}
    return Contest(calls, fft_bound(x, h))


def test_bench_correlation(benchmark, contender):
    benchmark(contender)
