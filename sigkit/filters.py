"""stub"""
from sigkit._gaussian_filters import (
    gaussian_filter,
    gaussian_filter1d,
    gaussian_gradient_magnitude,
    gaussian_laplace,
)
from sigkit._linear_filters import convolve, convolve1d, correlate, correlate1d
