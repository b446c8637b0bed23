"""`relu`, `sigmoid`, `tanh`, `elu`, `silu`, `softmax`, `dropout` of `sigkit.layers`."""

import numpy as np

from sigkit import _array, _layer_arguments


def _samples(input):
    """The input in the dtype that the result has, and that dtype."""
    x = _array.as_array(input, "input", real=True)
    dtype = _array.common_dtype(x)
    return _layer_arguments.plain(x, dtype), dtype


def relu(input):
    """Rectifier: ``max(x, 0)``.

    Parameters
    ----------
    input : array_like
        Real, of any shape.

    Returns
    -------
    ndarray
        Of the shape and dtype of `input`; float64 for integers, float32 for float16.

    Raises
    ------
    TypeError
        For complex input, masked arrays, matrices, and unsupported dtypes.

    See Also
    --------
    elu, silu : smooth ones.

    Notes
    -----
    Counterpart: `torch.nn.functional.relu`. Exact; NaN stays NaN.

    Examples
    --------
    >>> from sigkit import layers
    >>> layers.relu([-2.0, 0.0, 3.0])
    array([0., 0., 3.])
    """
    x, dtype = _samples(input)
    return np.maximum(x, 0, out=np.empty(x.shape, dtype))


def sigmoid(input):
    """Logistic function: ``1 / (1 + exp(-x))``.

    Parameters
    ----------
    input : array_like
        Real, of any shape.

    Returns
    -------
    ndarray
        Of the shape and dtype of `input`, from 0 to 1; float64 for integers, float32 for float16.

    Raises
    ------
    TypeError
        For complex input, masked arrays, matrices, and unsupported dtypes.

    See Also
    --------
    tanh, softmax, silu

    Notes
    -----
    Counterpart: `torch.sigmoid`, for real input. The exponential is taken of ``-|x|`` alone, so that nothing overflows
    and small results keep their digits: within 8 eps of the result. NaN stays NaN; 0 and 1 at the infinities.

    Examples
    --------
    >>> from sigkit import layers
    >>> layers.sigmoid([-1000.0, 0.0, 1000.0])
    array([0. , 0.5, 1. ])
    """
    return _sigmoid(_samples(input)[0])


def _sigmoid(x):
    with np.errstate(under="ignore"):
        small = np.exp(-np.abs(x))
        return np.divide(np.where(x < 0, small, x.dtype.type(1)), 1 + small, out=np.empty(x.shape, x.dtype))


def tanh(input):
    """Hyperbolic tangent.

    Parameters
    ----------
    input : array_like
        Real, of any shape.

    Returns
    -------
    ndarray
        Of the shape and dtype of `input`, from -1 to 1; float64 for integers, float32 for float16.

    Raises
    ------
    TypeError
        For complex input, masked arrays, matrices, and unsupported dtypes.

    See Also
    --------
    sigmoid : ``(1 + tanh(x / 2)) / 2``.

    Notes
    -----
    Counterpart: `torch.tanh`, for real input; it is `numpy.tanh`, within 8 eps of the result. NaN stays NaN.

    Examples
    --------
    >>> from sigkit import layers
    >>> layers.tanh([-1000.0, 0.0, 1000.0])
    array([-1.,  0.,  1.])
    """
    x, dtype = _samples(input)
    return np.tanh(x, out=np.empty(x.shape, dtype))


def elu(input, alpha=1.0):
    """Exponential linear unit: x above 0, ``alpha * (exp(x) - 1)`` below.

    Parameters
    ----------
    input : array_like
        Real, of any shape.
    alpha : float, default 1.0
        What it tends to, negated, far below 0; 1 makes the slope continuous.

    Returns
    -------
    ndarray
        Of the shape and dtype of `input`; float64 for integers, float32 for float16.

    Raises
    ------
    TypeError
        For complex input, masked arrays, matrices, unsupported dtypes, and an alpha that is no number.
    ValueError
        For an alpha that is not finite in that dtype.

    See Also
    --------
    relu, silu

    Notes
    -----
    Counterpart: `torch.nn.functional.elu`. By `numpy.expm1`, which keeps the digits of small x: within 8 eps of the
    result. NaN stays NaN.

    Examples
    --------
    >>> from sigkit import layers
    >>> layers.elu([-1000.0, -1e-20, 2.0])
    array([-1.e+00, -1.e-20,  2.e+00])
    """
    x, dtype = _samples(input)
    alpha = _array.real(alpha, "alpha")
    if abs(alpha) > float(np.finfo(dtype).max):
        raise ValueError(f"alpha={alpha}: expected a number that {dtype} holds")
    alpha = dtype.type(alpha)
    out = np.expm1(np.minimum(x, 0), out=np.empty(x.shape, dtype))
    with np.errstate(over="ignore", under="ignore"):
        out *= alpha
    np.copyto(out, x, where=x > 0)
    return out


def silu(input):
    """Sigmoid linear unit, also called swish: ``x * sigmoid(x)``.

    Parameters
    ----------
    input : array_like
        Real, of any shape.

    Returns
    -------
    ndarray
        Of the shape and dtype of `input`; float64 for integers, float32 for float16.

    Raises
    ------
    TypeError
        For complex input, masked arrays, matrices, and unsupported dtypes.

    See Also
    --------
    sigmoid, relu

    Notes
    -----
    Counterpart: `torch.nn.functional.silu`. Difference: at -Inf it is the limit, -0.0, where torch has NaN. Within 10
    eps of the result; NaN stays NaN.

    Examples
    --------
    >>> from sigkit import layers
    >>> layers.silu([-1000.0, 0.0, 1000.0])
    array([  -0.,    0., 1000.])
    """
    x, dtype = _samples(input)
    out = np.maximum(x, np.finfo(dtype).min, out=np.empty(x.shape, dtype))
    with np.errstate(under="ignore"):
        root = np.exp(np.abs(out) / -2)  # exp(-|x|) may be subnormal where x times it is not
        for _ in range(2):
            np.multiply(out, root, out=out, where=x < 0)
        out /= 1 + root * root
    return out


def softmax(input, dim=-1):
    """Exponentials along an axis over their sum: numbers from 0 to 1 that add up to 1.

    Parameters
    ----------
    input : array_like
        Real, of at least one dimension.
    dim : int, default -1
        The axis along which they add up to 1; torch's name for it.

    Returns
    -------
    ndarray
        Of the shape and dtype of `input`; float64 for integers, float32 for float16.

    Raises
    ------
    TypeError
        For complex input, masked arrays, matrices, unsupported dtypes, and a dim that is no integer.
    ValueError
        For a scalar, and a dim out of range.

    See Also
    --------
    sigmoid : of two, the probability of one.

    Notes
    -----
    Counterpart: `torch.nn.functional.softmax`, whose `dim` has no default. The largest value is subtracted first, so
    that nothing overflows: along an axis of n values within ``(n + 8 + |x - max|) * eps`` of the result. A NaN makes
    its line NaN, and so does +Inf, or -Inf throughout.

    Examples
    --------
    >>> from sigkit import layers
    >>> layers.softmax([1000.0, 1000.0, 0.0])
    array([0.5, 0.5, 0. ])
    """
    x, dtype = _samples(input)
    if x.ndim == 0:
        raise ValueError("input: expected at least one dimension, got a scalar")
    dim = _array.index(dim, "dim", -x.ndim, x.ndim - 1)
    out = np.empty(x.shape, dtype)
    if not out.size:
        return out
    with np.errstate(invalid="ignore", over="ignore", under="ignore"):
        np.subtract(x, x.max(axis=dim, keepdims=True), out=out)
        np.exp(out, out=out)
        out /= out.sum(axis=dim, keepdims=True)
    return out


def dropout(input, p=0.5, training=False):
    """What dropout does to a trained network: nothing.

    Parameters
    ----------
    input : array_like
        Of any shape.
    p : float, default 0.5
        The probability with which training would have dropped a sample; from 0 to 1.
    training : bool, default False
        Only False: sigkit trains nothing. torch's default is True.

    Returns
    -------
    ndarray
        A copy of `input`; float64 for integers, float32 for float16.

    Raises
    ------
    TypeError
        For masked arrays, matrices, unsupported dtypes, and arguments of the wrong type.
    ValueError
        For a `p` beyond 0 and 1, and for training.

    See Also
    --------
    batch_norm : the other layer that training and prediction see differently.

    Notes
    -----
    Counterpart: `torch.nn.functional.dropout` with ``training=False``: samples that are kept are scaled by 1 / (1 - p)
    while training, so that nothing is left to do afterwards. NaN and Inf stay where they are.

    Examples
    --------
    >>> from sigkit import layers
    >>> layers.dropout([1.0, 2.0], 0.9)
    array([1., 2.])
    """
    x = _array.as_array(input, "input")
    _array.real(p, "p", least=0, most=1)
    if _array.flag(training, "training"):
        raise ValueError("training=True: expected False, dropout here is what prediction makes of it")
    return np.array(x, _array.common_dtype(x), order="C", subok=False)
