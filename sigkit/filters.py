"""stub"""
from sigkit._gaussian_filters import (
    gaussian_filter,
    gaussian_filter1d,
    gaussian_gradient_magnitude,
    gaussian_laplace,
)
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
