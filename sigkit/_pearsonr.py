"""`pearsonr`: coefficients of pairs of rows, with the p-values and intervals of `scipy.stats.pearsonr`."""

import warnings
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from sigkit import _array


class ConfidenceInterval(NamedTuple):
    """Bounds of a confidence interval, each with the shape of the statistic."""

    low: np.ndarray
    high: np.ndarray


class PearsonRResult(Sequence):
    """Result of `pearsonr`: a sequence ``(statistic, pvalue)`` whose p-value is computed when it is first asked for.

    Attributes
    ----------
    statistic, correlation : float or ndarray
        Pearson's coefficient; two names for one value.
    pvalue : float or ndarray
        The p-value of the chosen alternative, in the precision of the statistic.
    """

    def __init__(self, statistic, alternative, x, y, pvalue=None):
        self.statistic = statistic
        self._alternative = alternative
        self._x = x
        self._y = y
        self._pvalue = pvalue

    @property
    def correlation(self):
        return self.statistic

    @property
    def pvalue(self):
        if self._pvalue is None:
            self._pvalue = _beta_pvalue(self.statistic, self._x.shape[-1], self._alternative)
        return self._pvalue

    def __len__(self):
        return 2

    def __getitem__(self, index):
        if isinstance(index, slice):
            return (self.statistic, self.pvalue)[index]
        # `r, p = result` and `result[0]` come through here: the first must not pay for the second
        return self.pvalue if range(2)[index] else self.statistic

    def __eq__(self, other):
        return tuple(self) == tuple(other) if isinstance(other, (tuple, PearsonRResult)) else NotImplemented

    def __hash__(self):
        return hash(tuple(self))

    def __repr__(self):
        return f"PearsonRResult(statistic={self.statistic!r}, pvalue={self.pvalue!r})"

    def confidence_interval(self, confidence_level=0.95, method=None):
        """Confidence interval of the coefficient.

        Parameters
        ----------
        confidence_level : float, default 0.95
            Probability, between 0 and 1, that the interval covers the true coefficient.
        method : scipy.stats.BootstrapMethod, optional
            Resample the pairs with `scipy.stats.bootstrap`. The default is Fisher's transformation: artanh(r) is
            about normal with standard error 1/sqrt(n - 3). For n <= 3 that has no meaning and the interval is
            (-1, 1).

        Returns
        -------
        ConfidenceInterval
            A named tuple ``(low, high)``, each with the shape and dtype of the statistic. One-sided alternatives give
            a bound of -1 or 1 on the open side.

        Raises
        ------
        TypeError, ValueError
            `confidence_level` is no number between 0 and 1; `method` is neither None nor a `BootstrapMethod`.
        """
        level = _array.real(confidence_level, "confidence_level", least=0, most=1)
        if method is None:
            return _fisher_interval(self.statistic, self._x.shape[-1], level, self._alternative)
        from scipy import stats

        if not isinstance(method, stats.BootstrapMethod):
            raise ValueError(f"`method` must be an instance of `BootstrapMethod` or None, got {method!r}")
        interval = stats.bootstrap(
            (self._x, self._y),
            _row_statistic,
            confidence_level=level,
            axis=-1,
            paired=True,
            alternative=self._alternative,
            **method._asdict(),
        ).confidence_interval
        # the bootstrap leaves the open side of a one-sided interval infinite
        return ConfidenceInterval(*np.clip(interval, -1, 1))


def pearsonr(x, y, *, alternative="two-sided", method=None, axis=0):
    """Pearson's correlation coefficient of pairs of samples, with p-value and confidence interval.

    Parameters
    ----------
    x, y : array_like, real
        Samples: of equal length (at least 2) along `axis`, broadcast against each other over all other axes. float32
        is computed in float64 and returned as float32, as is float16; everything else is float64.
    alternative : {"two-sided", "greater", "less"}, default "two-sided"
        What the p-value is evidence for: that the correlation is not zero, positive, or negative.
    method : scipy.stats.PermutationMethod or scipy.stats.MonteCarloMethod, optional
        Resample for the p-value, with `scipy.stats.permutation_test` or `scipy.stats.monte_carlo_test`. The default
        assumes that `x` and `y` are independent and normal: r is then beta distributed on (-1, 1), with both
        parameters n/2 - 1.
    axis : int or None, default 0
        Axis of the samples, as SciPy has it (-1 is the faster one in a C-ordered array). With arrays of different
        rank, the one of lower rank gets leading axes of length 1 before `axis` is looked at. None ravels both.

    Returns
    -------
    PearsonRResult
        `statistic` and `pvalue` with the shape of the batch (scalars for 1-D input), also by unpacking and by index;
        `confidence_interval(confidence_level=0.95, method=None)`. P-values and intervals are computed when they are
        first asked for: the beta distribution costs more than the coefficients.

    Warns
    -----
    scipy.stats.ConstantInputWarning
        A row of `x` or `y` is constant: its coefficient is undefined, and NaN.
    scipy.stats.NearConstantInputWarning
        The spread of a row is below eps**0.75 of its mean. The coefficient is right for the samples as they are
        stored, but their rounding may be most of what is left of them.

    Raises
    ------
    TypeError
        `x` or `y` is complex or no array of numbers; `axis` is no integer.
    ValueError
        Shapes that cannot be broadcast, unequal or too short lengths along `axis`, an unknown `alternative` or
        `method`.

    See Also
    --------
    corrcoef : every row with every other.
    sliding_pearson : a template against every window of a signal.

    Notes
    -----
    Counterpart: `scipy.stats.pearsonr`. Differences: complex input is a TypeError; float16 is returned as float32; the
    result is a sequence, but not an instance of `tuple`.

    |r - r_exact| <= 1e-12 (float64) and 1e-6 (float32) at any mean offset up to 1e6 standard deviations, and |r| <= 1.
    A NaN or an Inf in a row makes that row's coefficient NaN. Two samples give exactly 1 or -1, with a p-value of 1.

    Source: Student, "Probable error of a correlation coefficient", Biometrika 6 (1908) 302-310; R. A. Fisher, "On the
    probable error of a coefficient of correlation deduced from a small sample", Metron 1 (1921) 3-32.

    Examples
    --------
    >>> import sigkit
    >>> r, p = sigkit.pearsonr([1, 2, 3, 4], [0, 1, 0.5, 1])
    >>> print(f"{r:.4f} {p:.4f}")
    0.6742 0.3258
    >>> low, high = sigkit.pearsonr([1, 2, 3, 4], [0, 1, 0.5, 1]).confidence_interval()
    >>> print(f"{low:.4f} {high:.4f}")
    -0.8149 0.9923
    """
    x, y = _array.as_array(x, "x", real=True), _array.as_array(y, "y", real=True)
    if alternative not in ("two-sided", "greater", "less"):
        raise ValueError(f"`alternative` must be 'less', 'greater', or 'two-sided', got {alternative!r}")
    x, y = _paired_rows(x, y, axis)
    r, status = _array.pearson_rows(x, y)
    _warn_of_constants(status)
    if x.shape[-1] == 2:
        r = np.round(r)
    pvalue = None if method is None else _resampled_pvalue(x, y, alternative, method)
    return PearsonRResult(r[()], alternative, x, y, pvalue)


def _paired_rows(x, y, axis):
    """Both arrays in one rank, with the axis of the samples last."""
    if axis is None:
        x, y, axis = x.ravel(), y.ravel(), 0
    try:
        np.broadcast_shapes(x.shape, y.shape)
    except (ValueError, RuntimeError):  # the latter for more than 32 axes
        raise ValueError(f"`x` and `y` must be broadcastable, got shapes {x.shape} and {y.shape}") from None
    ndim = max(x.ndim, y.ndim)
    if isinstance(axis, float) and not axis.is_integer():
        raise ValueError(f"`axis` must be an integer, got {axis!r}")
    axis = int(axis) if isinstance(axis, float) else _array.index(axis, "axis")
    if not -ndim <= axis < ndim:
        raise ValueError(f"axis={axis}: out of range for x and y of {ndim} dimensions")
    x, y = (np.moveaxis(a.reshape((1,) * (ndim - a.ndim) + a.shape), axis, -1) for a in (x, y))
    if x.shape[-1] != y.shape[-1]:
        raise ValueError(f"`x` and `y` must have the same length along `axis`: got {x.shape[-1]} and {y.shape[-1]}")
    if x.shape[-1] < 2:
        raise ValueError(f"`x` and `y` must have length at least 2, got {x.shape[-1]} along `axis`")
    return x, y


def _warn_of_constants(status):
    if not status.any():
        return
    from scipy import stats

    if (status == 1).any():
        warnings.warn(
            stats.ConstantInputWarning("An input array is constant; the correlation coefficient is not defined."),
            stacklevel=3,
        )
    if (status == 2).any():
        warnings.warn(
            stats.NearConstantInputWarning(
                "An input array is nearly constant; the computed correlation coefficient may be inaccurate."
            ),
            stacklevel=3,
        )


def _beta_pvalue(r, n, alternative):
    """P(R at least as extreme as r), where (1 + R) / 2 is beta distributed with both parameters n/2 - 1."""
    from scipy.special import betainc

    dtype, r = r.dtype, np.asarray(r, np.float64)
    if n == 2:
        p = np.where(np.isnan(r), np.nan, 1.0)
    else:
        extremity = {"two-sided": np.abs(r), "greater": r, "less": -r}[alternative]
        # the lower tail of the mirrored variable: (1 - |r|) / 2 keeps the digits that (1 + |r|) / 2 rounds away
        p = betainc(n / 2 - 1, n / 2 - 1, (1 - extremity) / 2)
        if alternative == "two-sided":
            p = np.minimum(2 * p, 1)
    return p.astype(dtype)[()]


def _fisher_interval(r, n, level, alternative):
    from scipy.special import ndtri

    dtype, r = r.dtype, np.asarray(r, np.float64)
    low, high = np.full(r.shape, -1.0), np.ones(r.shape)
    if n > 3:
        with np.errstate(divide="ignore"):  # r = 1 or -1 is at infinity, and comes back from there as itself
            center = np.arctanh(r)
        reach = ndtri(0.5 + level / 2 if alternative == "two-sided" else level) / np.sqrt(n - 3)
        if alternative != "less":
            low = np.tanh(center - reach)
        if alternative != "greater":
            high = np.tanh(center + reach)
    return ConfidenceInterval(low.astype(dtype)[()], high.astype(dtype)[()])


def _row_statistic(x, y, axis):
    return _array.pearson_rows(np.moveaxis(x, axis, -1), np.moveaxis(y, axis, -1))[0]


def _resampled_pvalue(x, y, alternative, method):
    from scipy import stats

    if isinstance(method, stats.PermutationMethod):
        return stats.permutation_test(
            (y,),
            lambda y, axis: _row_statistic(x, y, axis),
            permutation_type="pairings",
            axis=-1,
            alternative=alternative,
            **method._asdict(),
        ).pvalue
    if isinstance(method, stats.MonteCarloMethod):
        options = method._asdict()
        rng = options.pop("rng", None)
        if options["rvs"] is None:  # the null hypothesis of the test: independent normal samples
            options["rvs"] = (np.random.default_rng(rng).normal,) * 2
        return stats.monte_carlo_test(
            (x, y), statistic=_row_statistic, axis=-1, alternative=alternative, **options
        ).pvalue
    raise ValueError(
        f"`method` must be an instance of `PermutationMethod`, `MonteCarloMethod`, or None, got {method!r}"
    )
