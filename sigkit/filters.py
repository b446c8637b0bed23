r"""Filters of images: arrays of any rank, along all axes or chosen ones.

Names and arguments are those of `scipy.ndimage`, and of scikit-image for `scharr`, `farid`, `roberts`, `gabor`,
`difference_of_gaussians`, `unsharp_mask` and `integral_image`. What sigkit adds are keywords behind them.

Beyond the edges
----------------
``mode`` says what a filter finds there; one word, or one for each axis (``k`` is ``cval``)::

    "reflect"    d c b a | a b c d | d c b a      also "grid-mirror" and "symmetric" (np.pad's word)
    "mirror"     d c b   | a b c d |   c b a      np.pad and torch call this one "reflect"
    "nearest"    a a a a | a b c d | d d d d      also "edge" (np.pad's word)
    "constant"   k k k k | a b c d | k k k k      also "grid-constant"
    "wrap"       a b c d | a b c d | a b c d      also "grid-wrap"

They repeat as often as the weights reach, also where the image is shorter than those.

Where the weights lie
---------------------
The middle of n weights is the one at ``n // 2``, ``origin`` samples away from the output:

>>> import numpy as np
>>> from sigkit import filters
>>> impulse = np.array([0, 0, 0, 1, 0, 0, 0])
>>> filters.correlate1d(impulse, [1, 2, 3])
array([0, 0, 3, 2, 1, 0, 0])
>>> filters.correlate1d(impulse, [1, 2, 3], origin=1)
array([0, 0, 0, 3, 2, 1, 0])
>>> filters.convolve1d(impulse, [1, 2, 3])
array([0, 0, 1, 2, 3, 0, 0])

Dtypes
------
The result has the dtype of the image, or that of `output`; float16 gives float32. Complex weights make the result
complex (and an `output` dtype that is real, with a warning). Sums are taken in float32 for images of float16, float32
and integers of 8 and 16 bits, in float64 for wider integers, and in the image's own precision otherwise; in float64
where a floating `output` asks for it, and for float32 images that stand far from 0: where, of some samples, the middle
one is 16 times as large as their spread (1024 times for weights that do not cancel). So an offset takes nothing from
what stands on it.

Integers are rounded half to even, once, and saturate, never wrap (NaN is 0); bool is whether the value is not 0. So a
step of uint8 through a derivative needs a wider dtype to keep its sign:

>>> step = np.array([0, 0, 255, 255], np.uint8)
>>> filters.correlate1d(step, [1, 0, -1])
array([0, 0, 0, 0], dtype=uint8)
>>> filters.correlate1d(step, [1, 0, -1], output=np.int16)
array([   0, -255, -255,    0], dtype=int16)

Functions that are scikit-image's return floating point and take integers as its float image: unsigned ones from 0 to 1,
signed ones from -1 to 1.

NaN and infinity
----------------
reach exactly the outputs whose window holds them, whichever way the sum is taken. With ``nan_policy="omit"`` a NaN
counts as a sample that is missing: in each window it stands for the mean of those present, weighted by the magnitudes
of the weights, and only a window without any gives NaN. For weights that are not negative that is the normalised
convolution of H. Knutsson and C.-F. Westin (1993); derivatives of a constant image with holes are 0.
``mode="constant", cval=np.nan`` makes everything beyond the edges missing. A magnitude is made of components each of
which omits.

>>> filters.gaussian_filter1d([1.0, 1.0, np.nan, 1.0, 1.0], 0.5, nan_policy="omit")
array([1., 1., 1., 1., 1.])

Threads and errors
------------------
All work is done by up to `sigkit.get_workers()` threads, in tiles, with the same bits for any number of them. No copy
of an image is made, but where axes are filtered one after the other (more than two, two with a thousand weights along
each, two of which the last is shorter than 48 samples and another axis is not), with ``nan_policy="omit"``, in
`local_normalize` and `laplace` with ``method="fourier"``, and where an FFT has a result of another dtype than its sums.

With eps of the precision of the sums: sums of m products, ``(min(m, 256) + m // 256 + 2) * eps * sum(|a| |w|)``; of a
separable filter the m of its axes add up, and its terms' ``sum(|a| |w|)``. Weights of two axes that are summed as outer
products by their singular values have their spectral norm in place of ``|w|``; through an FFT,
``8 * eps * log2(N) * norm(block) * norm(w)``, where a block of N samples does not see the others. A root of a sum of
squares is as exact as these, and eps, where in float64 no square leaves the range (1e-150 to 1e150 is safe); Gaussian
weights are within 20 eps of float64. Integers are off by one half more.

What is wrong about an argument raises `TypeError` for what it is and `ValueError` for its value or shape, where SciPy
raises `RuntimeError`; an `output` is written only when nothing is.
"""

from sigkit._bilateral_filter import bilateral_filter
from sigkit._contrast_filters import difference_of_gaussians, local_normalize, unsharp_mask
from sigkit._gabor_filter import gabor
from sigkit._gaussian_filters import (
    gaussian_filter,
    gaussian_filter1d,
    gaussian_gradient_magnitude,
    gaussian_laplace,
)
from sigkit._gradient_filters import Gradient, farid, gradient, prewitt, roberts, scharr, sobel
from sigkit._integral_filters import haar_features, integral_image
from sigkit._laplace_filter import laplace
from sigkit._linear_filters import convolve, convolve1d, correlate, correlate1d
from sigkit._rank_filters import median_filter, percentile_filter, rank_filter
from sigkit._window_filters import (
    maximum_filter,
    maximum_filter1d,
    minimum_filter,
    minimum_filter1d,
    uniform_filter,
    uniform_filter1d,
)

__all__ = [
    "Gradient",
    "bilateral_filter",
    "convolve",
    "convolve1d",
    "correlate",
    "correlate1d",
    "difference_of_gaussians",
    "farid",
    "gabor",
    "gaussian_filter",
    "gaussian_filter1d",
    "gaussian_gradient_magnitude",
    "gaussian_laplace",
    "gradient",
    "haar_features",
    "integral_image",
    "laplace",
    "local_normalize",
    "maximum_filter",
    "maximum_filter1d",
    "median_filter",
    "minimum_filter",
    "minimum_filter1d",
    "percentile_filter",
    "prewitt",
    "rank_filter",
    "roberts",
    "scharr",
    "sobel",
    "uniform_filter",
    "uniform_filter1d",
    "unsharp_mask",
]
