"""`linear` and `linear_backward` of `sigkit.layers`."""

import math
from typing import NamedTuple

import numpy as np

from sigkit import _array, _layer_arguments

_SLICE = 5 << 32
"""Multiply-adds times bytes of an element in one call of BLAS: some 100 ms, so that Ctrl-C gets its turn in between."""


class LinearGradients(NamedTuple):
    """What `linear_backward` returns: the gradients of `linear`'s arguments."""

    input: np.ndarray
    weight: np.ndarray
    bias: np.ndarray


def linear(input, weight, bias=None):
    """Dense layer: ``input @ weight.T + bias``.

    Parameters
    ----------
    input : array_like, shape (..., in_features)
        Any number of examples, real or complex.
    weight : array_like, shape (out_features, in_features)
        A row for each output. Keras and TensorFlow keep the transpose.
    bias : array_like, shape (out_features,), optional
        Added to each output. Default None.

    Returns
    -------
    ndarray, shape (..., out_features)
        In the dtype of `np.result_type`; float64 for integers, float32 for float16.

    Raises
    ------
    TypeError
        For masked arrays, matrices, and unsupported dtypes.
    ValueError
        For features that do not fit, a weight that is no matrix, a bias of another shape.

    See Also
    --------
    linear_backward : its gradients.
    linear_parameters : how many numbers it has.
    conv2d : a 1 x 1 kernel is the same dense layer at every place.

    Notes
    -----
    Counterpart: `torch.nn.functional.linear`. Differences: dtypes may be mixed; a weight of one dimension is refused.
    The product is `numpy.matmul` (BLAS), in slices of less than 100 ms: bits may differ with the number of its threads.

    A NaN or Inf in the input reaches the outputs of its example, in a weight one output of every example. The error is
    at most ``(in_features + 2) * eps * sum(|x| |w|)``, bias included.

    Examples
    --------
    >>> from sigkit import layers
    >>> layers.linear([[1, 2], [3, 4]], [[1, 0], [0, 1], [1, 1]], [0, 0, 10])
    array([[ 1.,  2., 13.],
           [ 3.,  4., 17.]])
    """
    x, w = _array.as_array(input, "input"), _array.as_array(weight, "weight")
    b = None if bias is None else _array.as_array(bias, "bias")
    _check(x, w)
    if b is not None and b.shape != w.shape[:1]:
        raise ValueError(f"bias: expected shape {w.shape[:1]}, got {_array.shown(b.shape)}")
    dtype = _layer_arguments.dtype_of(x, w, b)
    shape = (*x.shape[:-1], w.shape[0])
    _layer_arguments.check_result(shape, dtype)
    x, w, out = _layer_arguments.plain(x, dtype), _layer_arguments.plain(w, dtype), np.empty(shape, dtype)
    rows = math.prod(shape[:-1])
    product(x.reshape(rows, x.shape[-1]), w.T, out.reshape(rows, w.shape[0]))
    if b is not None:
        with np.errstate(invalid="ignore", over="ignore"):
            out += b.astype(dtype)
    return out


def linear_backward(grad_output, input, weight):
    """Gradients of `linear`: of a loss by the input, the weight and the bias, given those by the output.

    Parameters
    ----------
    grad_output : array_like, shape (..., out_features)
        The loss's gradient by the output of ``linear(input, weight, bias)``.
    input : array_like, shape (..., in_features)
        As given to `linear`.
    weight : array_like, shape (out_features, in_features)
        As given to `linear`.

    Returns
    -------
    LinearGradients
        ``input``, ``weight`` and ``bias``, in the shapes of these; the latter two are sums over all examples: one
        step along them is one step for the batch, not a step for each example in turn.

    Raises
    ------
    TypeError, ValueError
        As `linear`; ValueError also for a `grad_output` that is not of the output's shape.

    See Also
    --------
    linear : the layer.

    Notes
    -----
    Counterpart: `torch.autograd.grad` through `torch.nn.functional.linear`; as there, gradients of complex arguments
    are by their conjugates: ``grad_output @ conj(weight)`` and ``grad_output.T @ conj(input)``. BLAS, NaN rule and
    errors as `linear`: sums have out_features terms, or as many as there are examples.

    Examples
    --------
    A batch's gradient is the sum of those of its examples:

    >>> import numpy as np
    >>> from sigkit import layers
    >>> x, weight = np.array([[1.0, 2.0], [3.0, 5.0]]), np.array([[1.0, -1.0]])
    >>> grads = layers.linear_backward([[1.0], [10.0]], x, weight)
    >>> grads.weight, grads.bias
    (array([[31., 52.]]), array([11.]))
    >>> sum(layers.linear_backward([[g]], [row], weight).weight for g, row in zip([1.0, 10.0], x))
    array([[31., 52.]])
    """
    g = _array.as_array(grad_output, "grad_output")
    x, w = _array.as_array(input, "input"), _array.as_array(weight, "weight")
    _check(x, w)
    if g.shape != (*x.shape[:-1], w.shape[0]):
        expected = _array.shown((*x.shape[:-1], w.shape[0]))
        raise ValueError(
            f"grad_output: expected shape {expected}, the output's of that input, got {_array.shown(g.shape)}"
        )
    dtype = _layer_arguments.dtype_of(g, x, w)
    rows = math.prod(x.shape[:-1])
    g, x, w = (_layer_arguments.plain(a, dtype) for a in (g, x, w))
    of_x, of_w = np.empty(x.shape, dtype), np.empty(w.shape, dtype)
    x, g = x.reshape(rows, w.shape[1]), g.reshape(rows, w.shape[0])
    product(g, _conjugate(w), of_x.reshape(rows, w.shape[1]))
    product(g.T, _conjugate(x), of_w)
    with np.errstate(invalid="ignore", over="ignore"):
        return LinearGradients(of_x, of_w, g.sum(axis=0, dtype=np.result_type(dtype, np.float64)).astype(dtype))


def _check(x, w):
    if w.ndim != 2:
        raise ValueError(f"weight: expected (out_features, in_features), got shape {_array.shown(w.shape)}")
    if x.ndim < 1 or x.shape[-1] != w.shape[1]:
        raise ValueError(f"input: expected {w.shape[1]} features along the last axis, as weight has, got shape "
                         f"{_array.shown(x.shape)}")  # fmt: skip


def _conjugate(a):
    return a.conj() if a.dtype.kind == "c" else a


def product(a, b, out):
    """out = a @ b, so many rows or columns at a time that no call takes long.

    Complex products of BLAS make NaN of an Inf: where there is one, real products of the parts stand for it.
    """
    if out.dtype.kind == "c" and not (np.isfinite(a).all() and np.isfinite(b).all()):
        with np.errstate(invalid="ignore", over="ignore"):
            one, two = np.empty(out.shape, a.real.dtype), np.empty(out.shape, a.real.dtype)
            for part, minus, pairs in ((out.real, True, ((a.real, b.real), (a.imag, b.imag))),
                                       (out.imag, False, ((a.real, b.imag), (a.imag, b.real)))):  # fmt: skip
                for into, (x, y) in zip((one, two), pairs, strict=True):
                    product(x, y, into)
                part[...] = one - two if minus else one + two
        return
    work = max(1, a.shape[1] * b.shape[1] * out.itemsize)
    rows = max(1, _SLICE // work)
    columns = max(1, b.shape[1] * _SLICE // work) if rows == 1 else max(1, b.shape[1])
    with np.errstate(invalid="ignore", over="ignore"):
        for i in range(0, a.shape[0], rows):
            for k in range(0, b.shape[1], columns):
                np.matmul(a[i : i + rows], b[:, k : k + columns], out=out[i : i + rows, k : k + columns])
