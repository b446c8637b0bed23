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
