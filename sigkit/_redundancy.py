"""Redundant neurons: rows of weights that are nearly alike, and a penalty that keeps rows apart."""

from typing import NamedTuple

import numpy as np

from sigkit import _array, _row_products, _unit_rows
from sigkit._corrcoef import corrcoef
from sigkit._similarity import mean_absolute_difference


def redundant_groups(weights, threshold, metric="pearson"):
    """Groups of rows that are nearly alike: neurons of a layer that do the same work.

    Parameters
    ----------
    weights : array_like of real, shape (p, n)
        The weights of p neurons, a row each, such as ``layer.weight.detach()`` of a torch ``Linear`` layer; those of
        a convolution as ``weight.reshape(len(weight), -1)``.
    threshold : float
        Two rows are alike if their coefficient is at least this, from -1 to 1 ("pearson"), or their mean absolute
        difference at most this, at least 0 and in the units of the weights ("mad"). There is no default: what counts
        as alike hangs on n. Coefficients of independent rows spread about 0 by 1/sqrt(n - 1), mean differences of
        normal ones about 1.13 times the standard deviation of the weights: 0.9, and a third of that deviation, are far
        from either for n = 64.
    metric : {"pearson", "mad"}, default "pearson"
        "pearson" compares the shapes of rows, whatever their size and offset: it finds a neuron that another one only
        amplifies. "mad" compares the weights themselves, and finds those that can take each other's place unchanged.

    Returns
    -------
    list of tuple of int
        The groups, by their first rows; in each the numbers of at least two rows, ascending. No row is in two of them,
        and rows that are like no other in none.

    Raises
    ------
    TypeError
        `weights` are complex or no array of numbers, `threshold` is no number, `metric` no string.
    ValueError
        `weights` have not two dimensions, `threshold` is out of range, or `metric` is unknown.

    See Also
    --------
    corrcoef, mean_absolute_difference : the two matrices.
    sigkit.plot.similarity_matrix : draws them with the groups.
    decorrelation_penalty : keeps a layer in training from having such rows.

    Notes
    -----
    Counterpart: none; `scipy.cluster.hierarchy.fcluster` of single linkage gives the same groups. They are the
    connected components of the graph whose edges join rows that are alike: of a row and the next in a chain each two
    are alike, of its ends perhaps not.

    The sign of a coefficient counts. A mirrored row is not alike: behind a ReLU the two respond to different inputs,
    and only an odd activation such as tanh makes one the negative of the other. To find those too, flip the rows to a
    common sign first.

    A row with a NaN or an Inf is alike to none, nor, under "pearson", is a constant one, whose coefficient is undefined
    (rows of zeros, of neurons that have died, are alike under "mad"). Coefficients of equal rows are 1 within
    (n + 8) eps: that much below `threshold` is alike too, so 1 finds exact copies, as 0 does under "mad". float32 is
    computed in float32, all else in float64; both metrics take p * p numbers.

    Source: connected components by `scipy.sparse.csgraph.connected_components`.

    Examples
    --------
    >>> import numpy as np, sigkit
    >>> weights = np.random.default_rng(0).standard_normal((8, 64))
    >>> weights[5] = weights[1] + 0.1 * weights[0]
    >>> sigkit.redundant_groups(weights, 0.9)
    [(1, 5)]
    >>> sigkit.redundant_groups(weights, 0.3, "mad")
    [(1, 5)]
    """
    weights = _matrix(weights)
    metric = _array.choice(metric, "metric", ("pearson", "mad"))
    if metric == "mad":
        limit = _array.real(threshold, "threshold", least=0)
        alike = mean_absolute_difference(weights) <= limit
    else:
        limit = _array.real(threshold, "threshold", least=-1, most=1)
        r = np.atleast_2d(corrcoef(weights))
        alike = r >= limit - (weights.shape[1] + 8) * np.finfo(r.dtype).eps
    return _components(alike)


def _matrix(weights):
    weights = _array.as_array(weights, "weights", real=True)
    if weights.ndim != 2:
        raise ValueError(f"weights: expected two dimensions, a row for each neuron, got shape {weights.shape}")
    return weights


def _components(alike):
    """Connected components of at least two nodes, as sorted tuples, by their first nodes."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    if not alike.size:
        return []
    edges = np.nonzero(alike)
    graph = coo_array((np.ones(len(edges[0]), np.int8), edges), alike.shape)
    labels = connected_components(graph, directed=False)[1]
    order = np.argsort(labels, kind="stable")
    groups = np.split(order, np.flatnonzero(np.diff(labels[order])) + 1)
    return sorted(tuple(group.tolist()) for group in groups if len(group) > 1)


class DecorrelationPenalty(NamedTuple):
    """Result of `decorrelation_penalty`.

    Attributes
    ----------
    value : float32 or float64 scalar
        The mean squared coefficient of all pairs of rows, from 0 to 1.
    gradient : ndarray, shape (p, n)
        Its derivative with respect to each weight.
    """

    value: np.floating
    gradient: np.ndarray


def decorrelation_penalty(weights):
    """Mean squared correlation of every row with every other, and its gradient: a term for the loss of a layer.

    Parameters
    ----------
    weights : array_like of real, shape (p, n)
        The weights of p neurons, a row each.

    Returns
    -------
    DecorrelationPenalty
        The named tuple ``(value, gradient)``: the mean of ``corrcoef(weights)[i, k]**2`` over all i != k, from 0 (no
        two rows are correlated) to 1, and its derivative with respect to the weights, of their shape. Both in float32
        for float32 and float16, else in float64.

    Raises
    ------
    TypeError
        `weights` are complex or no array of numbers.
    ValueError
        `weights` have not two dimensions.

    See Also
    --------
    corrcoef : the coefficients.
    redundant_groups : rows that training has made alike.

    Notes
    -----
    Counterpart: none.

    With z_i the centred row over its norm s_i, r = z z^T and C the number of pairs of different rows, p (p - 1)::

        value = sum of r_ik^2 over i != k / C
        gradient_i = 4 / (C s_i) * (sum of r_ik z_k over k != i, less its component along z_i)

    The penalty is blind to the size and the offset of a row, so each row of the gradient is orthogonal to the row and
    sums to zero: the penalty turns rows and does not shrink them. It pushes mirrored rows (r near -1) apart as it does
    equal ones; at exactly r = 1 or -1 the gradient of a pair vanishes, so that exact copies stay what they are. More
    rows than n - 1 cannot all be uncorrelated, and less than two have no pair: value and gradient are 0.

    A constant row (also of zeros) has no coefficient: it counts as uncorrelated to all, and its gradient is 0. A NaN or
    an Inf makes the value NaN, and the gradient of every row that is not constant.

    At any offset of the rows, |value - exact| <= 2 (n + p + 8) eps sqrt(value) + ((n + 8) eps)^2, and no derivative of
    row i is farther from the true one than 12 (n + p + 10) eps / ((p - 1) s_i); in practice both are far nearer.
    Products are `numpy.matmul` (BLAS), in slices of less than 100 ms.

    Source: the penalty of M. Cogswell et al., "Reducing overfitting in deep networks by decorrelating
    representations", ICLR 2016, there of covariances of activations, here of coefficients of weights.

    Examples
    --------
    One step of gradient descent; in torch, add ``strength * torch.from_numpy(gradient)`` to ``layer.weight.grad``.

    >>> import numpy as np, sigkit
    >>> weights = np.array([[1.0, 2, 3, 5], [1, 2, 4, 4], [5, -1, 2, 0]])
    >>> value, gradient = sigkit.decorrelation_penalty(weights)
    >>> after = sigkit.decorrelation_penalty(weights - gradient).value
    >>> print(f"{value:.3f} {after:.3f}")
    0.430 0.367
    """
    weights = _matrix(weights)
    dtype, count = _array.common_dtype(weights), len(weights)
    units = np.empty(weights.shape, dtype)
    norms = _unit_rows.unit_rows(weights, units, flat=0)
    pairs = max(count * (count - 1), 1)
    r = _row_products.coefficients(units, units)
    _row_products.diagonal(r)[...] *= 0  # a NaN stays
    value = np.einsum("ik,ik->i", r, r, dtype=np.float64).sum() / pairs
    with np.errstate(all="ignore"):
        slopes = np.empty_like(units)
        _row_products.products(r, units.T, slopes)
        slopes -= np.einsum("ij,ij->i", slopes, units)[:, np.newaxis] * units
        gradient = (slopes * (4 / (pairs * norms))[:, np.newaxis]).astype(dtype, copy=False)
    gradient[np.isinf(norms)] = 0  # constant rows, also beside a NaN
    return DecorrelationPenalty(dtype.type(value), gradient)
