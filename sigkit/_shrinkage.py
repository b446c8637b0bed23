"""Covariance matrices that can be inverted: pulled towards a multiple of the identity, reduced, regularised."""

import numpy as np

from sigkit import _array, _row_products

STRUCTURES = "full", "diagonal", "spherical"
_METHODS = "ledoit-wolf", "oas"
# Elements of rows that are taken at once in float64.
_PIECE = 1 << 20


def check(ridge, shrinkage, structure):
    """The arguments: a float, None or a method or a float, a word."""
    ridge = _array.real(ridge, "ridge", least=0)
    _array.choice(structure, "structure", STRUCTURES)
    if isinstance(shrinkage, str):
        _array.choice(shrinkage, "shrinkage", _METHODS)
    elif shrinkage is not None:
        shrinkage = _array.real(shrinkage, "shrinkage", least=0, most=1)
    return ridge, shrinkage, structure


def apply(matrices, ridge, intensity, structure):
    """In place: (1 - intensity) C + intensity tr(C)/p I, of that the structure, plus ridge I. intensity: None, a number
    or one for each matrix."""
    diagonal = _row_products.diagonal(matrices)
    if intensity is not None:
        weight = np.asarray(intensity)[..., None]
        variances = (1 - weight) * diagonal + weight * _mean(diagonal)
        matrices *= (1 - weight[..., None]).astype(matrices.real.dtype)
        diagonal[...] = variances
    if structure != "full":
        variances = diagonal.copy() if structure == "diagonal" else _mean(diagonal)
        matrices[...] = 0
        diagonal[...] = variances
    if ridge:
        diagonal += ridge


def _mean(variances):
    return variances.real.mean(axis=-1, dtype=np.float64, keepdims=True)


def intensity(method, gram, z, exponents, weights):
    """How far to shrink each of the matrices gram[..., i, j] = sum over t of z[..., i, t] conj(z[..., j, t]), whose
    rows stand for 2**-exponents times as much. `weights` are of the samples; z has been multiplied with their roots."""
    p, n = z.shape[-2:]
    if p == 1:
        return np.zeros(gram.shape[:-2])
    # in units of the row of largest scale: the intensity knows none
    scales = np.ldexp(1.0, exponents.min(-1, keepdims=True) - exponents)
    total = n if weights is None else weights.total
    covariance = gram * (scales[..., :, None] * scales[..., None, :] / total)
    power = (np.abs(covariance) ** 2).sum((-2, -1))
    mean = _mean(_row_products.diagonal(covariance))[..., 0]
    with np.errstate(invalid="ignore", divide="ignore"):
        if method == "oas":
            size = n if weights is None else weights.effective_size
            return _quotient(power / p**2 + mean**2, (size + 1) * (power / p**2 - mean**2 / p))
        spread = _row_products.diagonal(covariance) - mean[..., None]
        distance = power - (np.abs(_row_products.diagonal(covariance)) ** 2).sum(-1) + (np.abs(spread) ** 2).sum(-1)
        error = _error_of_the_mean(z, scales, covariance, power, weights, total)
        return _quotient(np.minimum(error, distance), distance, none=0.0)


def _quotient(a, b, none=1.0):
    return np.minimum(np.where((b == 0) & ~np.isnan(a), none, a / b), 1.0)


def _error_of_the_mean(z, scales, covariance, power, weights, total):
    """The squared error to be expected of the covariance as the weighted mean of z z^H: the sum over samples of
    f (a / total)**2 |z z^H - C|**2, multiplied out."""
    n = z.shape[-1]
    fourth = np.zeros(z.shape[:-2])
    quadratic = total * power  # the sum of a z^H C z, where a is 1
    by_sample = weights is not None and weights.reliability is not None
    if by_sample:
        quadratic = np.zeros_like(fourth)
    step = max(1, _PIECE // max(1, z[..., 0].size))
    for start in range(0, n, step):
        some = slice(start, start + step)
        piece = z[..., some] * scales[..., None]
        squares = (np.abs(piece) ** 2).sum(-2)
        fourth += (squares**2 * (1.0 if weights is None else weights.per_repeat[some])).sum(-1)
        if by_sample:
            along = (piece.conj() * (covariance @ piece)).real.sum(-2)
            quadratic += (along * weights.reliability[some]).sum(-1)
    squared = total if weights is None else weights.squared
    return np.maximum(fourth - 2 * quadratic + squared * power, 0) / total**2
