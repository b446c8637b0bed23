"""Rows of `sigkit.pearson`."""

import numpy as np
from rows import Contest, Target, peer, row

import sigkit


def sliding(name, work, dtype, bound, peers):
    """The row of a template of 256 sliding over 1,000,000 samples."""
    @row(name, work, peers)
    def make(rng):
        x, template = rng.standard_normal(10**6, dtype=dtype), rng.standard_normal(256, dtype=dtype)
        x64, template64 = x.astype(np.float64), template.astype(np.float64)  # stumpy takes nothing else
        cv2, stumpy = peer("cv2"), peer("stumpy")
        out = np.empty((1, x.size - 255), np.float32)
        calls = {
            "sigkit": lambda: sigkit.sliding_pearson(x, template),
            "cv2.matchTemplate": lambda: cv2.matchTemplate(x[None], template[None], cv2.TM_CCOEFF_NORMED, result=out),
            "stumpy.core.mass": lambda: stumpy.core.mass(template64, x64),
        }
        views = {"cv2.matchTemplate": lambda result: result[0],
                 "stumpy.core.mass": lambda distance: 1 - distance**2 / (2 * template.size)}
        return Contest(calls, bound, views)


# the error of an FFT numerator whose block holds N samples: 8 eps log2(N) |block| |template|, over |window| |template|
fft_error = 8 * np.log2(10**6) * np.sqrt(10**6 / 256)
sliding("sliding-pearson", "sliding Pearson, 1,000,000 float32, template of 256", np.float32,
        fft_error * np.finfo(np.float32).eps, {"cv2.matchTemplate": Target(2.5, 5), "stumpy.core.mass": None})
sliding("sliding-pearson-f64", "sliding Pearson, 1,000,000 float64, template of 256", np.float64,
        fft_error * np.finfo(np.float64).eps, {"stumpy.core.mass": Target(40, 100)})


def rolling(name, work, dtype, target):
    """The row of two series of 1,000,000, windows of 256."""
    peers = {"five bottleneck.move_mean": target, "pandas rolling corr": None}

    @row(name, work, peers)
    def make(rng):
        x, y = rng.standard_normal((2, 10**6), dtype=dtype)
        bottleneck, pandas = peer("bottleneck"), peer("pandas")
        a, b, c = np.empty((3, x.size), dtype)

        def five_means():
            mean = bottleneck.move_mean
            mx, my, xx = mean(x, 256), mean(y, 256), mean(np.multiply(x, x, out=a), 256)
            yy, xy = mean(np.multiply(y, y, out=a), 256), mean(np.multiply(x, y, out=a), 256)
            xx -= np.multiply(mx, mx, out=a)
            yy -= np.multiply(my, my, out=b)
            xy -= np.multiply(mx, my, out=c)
            return np.divide(xy, np.sqrt(np.multiply(xx, yy, out=a), out=b), out=xy)

        calls = {
            "sigkit": lambda: sigkit.rolling_pearson(x, y, 256),
            "five bottleneck.move_mean": five_means,
            "pandas rolling corr": lambda: pandas.Series(x).rolling(256).corr(pandas.Series(y)),
        }
        # sums of the squares of 1,000,000 samples, carried along, over those of 256
        return Contest(calls, 10**6 * np.finfo(dtype).eps, {label: lambda r: np.asarray(r)[255:] for label in peers})


rolling("rolling-pearson", "rolling Pearson, two series of 1,000,000 float64, window of 256", np.float64,
        Target(1.5, 3))
rolling("rolling-pearson-f32", "rolling Pearson, two series of 1,000,000 float32, window of 256", np.float32,
        Target(1, 1.5))


def rolling_one(name, work, function, peer_function):
    """The row of one series of 1,000,000 float64, windows of 256."""
    label = f"bottleneck.{peer_function}"

    @row(name, work, {label: None})
    def make(rng):
        x = rng.standard_normal(10**6)
        bottleneck = peer("bottleneck")
        calls = {"sigkit": lambda: getattr(sigkit, function)(x, 256),
                 label: lambda: getattr(bottleneck, peer_function)(x, 256)}
        return Contest(calls, 10**6 * np.finfo(x.dtype).eps, {label: lambda r: r[255:]})


rolling_one("rolling-std", "rolling standard deviation, 1,000,000 float64, window of 256", "rolling_std", "move_std")
rolling_one("rolling-mean", "rolling mean, 1,000,000 float64, window of 256", "rolling_mean", "move_mean")


def pearson_rows(name, work, attribute, peers):
    """The row of 100,000 pairs of rows; `attribute` is what is read of the result, whose p-value sigkit computes
    when first asked for and SciPy always."""
    @row(name, work, peers)
    def make(rng):
        x, y = rng.standard_normal((2, 100_000, 128), dtype=np.float32)
        a, b = np.empty_like(x), np.empty_like(y)
        stats = peer("scipy.stats")

        def einsum():
            np.subtract(x, x.mean(1, keepdims=True), out=a)
            np.subtract(y, y.mean(1, keepdims=True), out=b)
            return np.einsum("ij,ij->i", a, b) / np.sqrt(np.einsum("ij,ij->i", a, a) * np.einsum("ij,ij->i", b, b))

        calls = {"sigkit": lambda: getattr(sigkit.pearsonr(x, y, axis=1), attribute), "np.einsum, centred": einsum,
                 "stats.pearsonr": lambda: getattr(stats.pearsonr(x, y, axis=1), attribute)}
        # sums of 128 float32; a p-value's slope in the coefficient is at most that of the normal limit
        slope = {"statistic": 1, "pvalue": np.sqrt(2 * 128 / np.pi)}[attribute]
        return Contest(calls, 128 * np.finfo(np.float32).eps * slope)


pearson_rows("pearson-rows", "Pearson of 100,000 pairs of 128 float32", "statistic",
             {"np.einsum, centred": Target(8, 15), "stats.pearsonr": Target(25, 60)})
pearson_rows("pearson-rows-pvalue", "Pearson of 100,000 pairs of 128 float32, with p-values", "pvalue",
             {"stats.pearsonr": None})


@row("mad", "mean absolute difference, 512 x 512 pairs of 1024 float32",
     {"scipy cdist cityblock": Target(8, 15), "sklearn manhattan_distances": None})
def mad(rng):
    x, y = rng.standard_normal((2, 512, 1024), dtype=np.float32)
    distance, pairwise = peer("scipy.spatial.distance"), peer("sklearn.metrics.pairwise")
    out = np.empty((512, 512))
    calls = {
        "sigkit": lambda: sigkit.mean_absolute_difference(x, y),
        "scipy cdist cityblock": lambda: distance.cdist(x, y, "cityblock", out=out),
        "sklearn manhattan_distances": lambda: pairwise.manhattan_distances(x, y),
    }
    views = dict.fromkeys([*calls][1:], lambda sums: sums / 1024)
    # the mean of |x - y| is about 1.13
    return Contest(calls, 2 * 258 * np.finfo(np.float32).eps, views)


@row("cosine", "cosines of 2000 rows of 512 float32 with each other", {"sklearn cosine_similarity": None})
def cosine(rng):
    x = rng.standard_normal((2000, 512), dtype=np.float32)
    pairwise = peer("sklearn.metrics.pairwise")
    calls = {"sigkit": lambda: sigkit.cosine_similarity(x),
             "sklearn cosine_similarity": lambda: pairwise.cosine_similarity(x)}
    return Contest(calls, 2 * (512 + 8) * np.finfo(np.float32).eps)
@row("corrcoef", "matrix of coefficients of 1000 rows of 10,000 float32", {"np.corrcoef": Target(1.0, 1.15)})
def corrcoef(rng):
    x = rng.standard_normal((1000, 10_000), dtype=np.float32)
    calls = {"sigkit": lambda: sigkit.corrcoef(x), "np.corrcoef": lambda: np.corrcoef(x, dtype=np.float32)}
    return Contest(calls, 10_000 * np.finfo(np.float32).eps)


@row("corrcoef-nan", "the same of 300 rows of 20,000 float64, 5 % NaN, pair by pair",
     {"pandas.DataFrame.corr": Target(10, 40)})
def corrcoef_of_missing(rng):
    x = rng.standard_normal((300, 20_000))
    x[rng.random(x.shape) < 0.05] = np.nan
    pandas = peer("pandas")
    calls = {"sigkit": lambda: sigkit.corrcoef(x, nan_policy="omit"),
             "pandas.DataFrame.corr": lambda: pandas.DataFrame(x.T).corr()}
    return Contest(calls, 20_000 * np.finfo(np.float64).eps, {"pandas.DataFrame.corr": lambda frame: frame.to_numpy()})


def test_bench_pearson(benchmark, contender):
    benchmark(contender)
