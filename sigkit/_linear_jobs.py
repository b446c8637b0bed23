"""Linear filters of images as jobs: which way they are summed, and what a missing sample does to them."""

import dataclasses
import math

import numpy as np

from sigkit import _array, _convolution, _fft_plan, _image_arguments, _low_rank, _stencil

NAN_POLICIES = ("propagate", "omit")

_FEW_PRODUCTS = 1 << 18
"""Multiply-adds that are done before a kernel has been looked at."""
_PASS = 8
"""What a separable pass costs beside its weights, in weights."""
_PASSES_OF_TRANSFORM = 150
"""Weights of separable passes that take as long as an FFT."""
_CANCEL = 0.1
"""Weights whose sum is so much smaller than that of their magnitudes take an offset away."""


class _Linear:
    """A job whose output is a weighted sum of samples; `run` takes it the fastest way."""

    def cancels(self):
        with np.errstate(invalid="ignore", over="ignore"):
            return bool(abs(self.total()) <= _CANCEL * self.magnitude().total())

    def over_present(self, x, dtype, fill, present):
        """The sums in which each missing sample counts as the mean of those present in its window, weighted by the
        weights' magnitudes.

        For weights that are not negative that is the normalised convolution of Knutsson and Westin.
        """
        outside = not np.isnan(fill)
        fill = fill if outside else np.zeros((), dtype)
        x = np.where(present, x, np.zeros((), x.dtype))
        plain, real = self.plain(), _array.REAL_OF[dtype]
        total = plain.total()

        def filtered(job, samples, dtype, fill):
            out = np.empty(x.shape, dtype)
            job.run(samples, out, dtype, np.asarray(fill, dtype))
            return out

        result = filtered(plain, x, dtype, fill)
        with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
            if not plain.is_signed():
                result *= total / filtered(plain, present, real, outside)
            else:
                sizes = plain.magnitude()
                mean = filtered(sizes, x, dtype, fill)
                mean /= filtered(sizes, present, real, outside)
                mean[np.isinf(mean)] = 0  # the sum itself is infinite there
                mean *= total - filtered(plain, present, dtype if np.iscomplexobj(total) else real, outside)
                result += mean
        return result


@dataclasses.dataclass(frozen=True)
class Separable(_Linear):
    """A sum of terms, each of which has (taps, start) for every axis."""

    terms: list
    axes: list
    modes: list
    """One for each axis, or for each term a list of them."""
    sequential: bool = True
    """Whether each pass sees the constant beyond the edges; else the term is one sum: see `_stencil.separable`."""

    def run(self, x, out, dtype, fill):
        _stencil.separable(x, out, dtype, self.terms, self.axes, self.modes, fill, sequential=self.sequential)

    @staticmethod
    def run_root(parts, x, out, dtype, fill):
        first, terms = parts[0], [term for part in parts for term in part.terms]
        modes = [part.modes for part in parts]
        _stencil.separable(x, out, dtype, terms, first.axes, modes, fill, root=True, sequential=first.sequential)

    def plain(self):
        return dataclasses.replace(self, sequential=False)

    def magnitude(self):
        return dataclasses.replace(self, terms=[[(abs(taps), start) for taps, start in term] for term in self.terms])

    def total(self):
        return sum(math.prod(taps.sum() for taps, _ in term) for term in self.terms)

    def is_signed(self):
        return any((taps < 0).any() for term in self.terms for taps, _ in term)


@dataclasses.dataclass(frozen=True)
class Kernel(_Linear):
    """Weights with one axis for each of `axes`, from `starts` on."""

    taps: np.ndarray
    starts: list
    axes: list
    modes: list
    direct: bool = False

    def run(self, x, out, dtype, fill):
        taps, where = self.taps, (self.axes, self.starts, self.modes, fill)
        if taps.dtype.kind == "c" and x.dtype.kind != "c":  # a real image: each part of the weights alone
            for part in ("real", "imag"):
                job = dataclasses.replace(self, taps=getattr(taps, part))
                job.run(x, getattr(out, part), _array.REAL_OF[dtype], fill.real)
            return
        if not self.direct and taps.ndim > 1 and taps.size > _stencil.SHORT and taps.size * x.size > _FEW_PRODUCTS:
            transform = self._transforms(x, dtype, fill)
            passes = sum(taps.shape) + _PASS * (taps.ndim - 1)
            terms = _low_rank.terms(taps, dtype, (_PASSES_OF_TRANSFORM if transform else taps.size) // passes)
            if terms and self._sum_terms(x, out, dtype, fill, terms):
                return
            if transform:
                self._transform(x, out, dtype, fill)
                return
        _stencil.correlate(x, out, dtype, taps, *where)

    @staticmethod
    def run_root(parts, x, out, dtype, fill):
        first = parts[0]
        kernels = [part.taps for part in parts]
        _stencil.root_of_squares(x, out, dtype, kernels, first.axes, first.starts, first.modes, fill)

    def plain(self):
        return dataclasses.replace(self, direct=True)

    def magnitude(self):
        return dataclasses.replace(self, taps=abs(self.taps))

    def total(self):
        return self.taps.sum()

    def is_signed(self):
        return self.taps.dtype.kind == "c" or (self.taps < 0).any()

    def _sum_terms(self, x, out, dtype, fill, terms):
        """Whether that was right: outer products of one infinity can cancel, which a direct sum has once."""
        terms = [list(zip(vectors, self.starts, strict=True)) for vectors in terms]
        _stencil.separable(x, out, dtype, terms, self.axes, self.modes, fill, sequential=False)
        if len(terms) == 1:
            return True
        with np.errstate(invalid="ignore", over="ignore"):
            suspicious = out.dtype.kind not in "fc" or not np.isfinite(out.sum())
        return not (suspicious and _any_infinity(x))

    def _transforms(self, x, dtype, fill):
        """Whether an FFT is faster than the direct sum, by shapes and dtype, and can stand for it."""
        if self.taps.ndim != 2 or len(set(self.modes)) > 1:
            return False
        sizes = tuple(x.shape[axis] for axis in self.axes)
        lines, real_taps = x.size // math.prod(sizes), self.taps.dtype.kind != "c"
        method = _convolution.choose_method(sizes, self.taps.shape, sizes, dtype, real_taps=real_taps, lines=lines)
        possible = method == "fft" and _fft_plan.image_block(self.taps.shape, sizes, dtype) is not None
        return possible and bool(np.isfinite(self.taps).all() and np.isfinite(fill))

    def _transform(self, x, out, dtype, fill):
        result = out if out.dtype == dtype else np.empty(x.shape, dtype)
        images, view = (np.moveaxis(array, self.axes, (-2, -1)) for array in (x, result))
        with np.errstate(over="ignore"):
            taps = np.ascontiguousarray(self.taps[::-1, ::-1], dtype)
        lo = tuple(start + m - 1 for start, m in zip(self.starts, taps.shape, strict=True))
        marks = _array.overlap_save_2d(images, taps, lo, view, boundary=self.modes[0], fill=fill)
        for i in map(tuple, np.argwhere(marks)):  # images with samples that are not finite
            _stencil.correlate(images[i], view[i], dtype, self.taps, [0, 1], self.starts, self.modes, fill)
        if result is not out:
            _stencil.store(result, out, dtype)


@dataclasses.dataclass(frozen=True)
class RootOfSquares:
    """The root of the sum of squares of parts: of `Separable` with one term each, or of real 2-D `Kernel`; they differ
    in their weights (and terms in their modes) alone."""

    parts: list

    def cancels(self):
        return all(part.cancels() for part in self.parts)

    @property
    def modes(self):
        return [part.modes for part in self.parts]

    def run(self, x, out, dtype, fill):
        self.parts[0].run_root(self.parts, x, out, dtype, fill)

    def over_present(self, x, dtype, fill, present):
        with np.errstate(invalid="ignore", over="ignore", under="ignore"):
            return np.sqrt(sum(np.square(part.over_present(x, dtype, fill, present)) for part in self.parts))


def _any_infinity(x):
    if x.dtype.kind not in "fc":
        return False
    blocks = np.nditer(x, flags=["external_loop", "buffered", "zerosize_ok"])
    return any(np.isinf(block).any() for block in blocks)


def apply(call, job, fill, nan_policy="propagate"):
    """What the call returns: its input under the job."""
    if not isinstance(nan_policy, str) or nan_policy not in NAN_POLICIES:
        raise ValueError(f"nan_policy={nan_policy!r}: expected 'propagate' or 'omit'")
    outside = _array.CONSTANT in np.ravel(job.modes) and bool(np.isnan(fill))
    dtype = _image_arguments.summed_in(call.x, call.dtype, job.cancels(), isinstance(job, RootOfSquares))
    fill = fill.astype(dtype)
    if nan_policy == "omit" and (outside or call.x.dtype.kind in "fc"):
        present = ~np.isnan(call.x)
        if outside or not present.all():
            _stencil.store(job.over_present(call.x, dtype, fill, present), call.computed, dtype)
            return call.finish()
    job.run(call.x, call.computed, dtype, fill)
    return call.finish()
