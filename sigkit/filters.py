from sigkit import _image_arguments as _a, _stencil
import numpy as np
def correlate(input, weights, output=None, mode="reflect", cval=0.0, origin=0, *, axes=None):
    return _correlate(input, weights, output, mode, cval, origin, axes, False)
def convolve(input, weights, output=None, mode="reflect", cval=0.0, origin=0, *, axes=None):
    return _correlate(input, weights, output, mode, cval, origin, axes, True)
def _correlate(input, weights, output, mode, cval, origin, axes, convolution):
    taps = _a.weights(weights)
    call = _a.Filtering(input, output, complex_weights=taps.dtype.kind == "c")
    axes = _a.normal_axes(axes, call.x.ndim)
    if taps.ndim != len(axes): raise RuntimeError("filter weights array has incorrect shape")
    origins = _a.per_axis(origin, len(axes), "origin")
    if convolution:
        taps = taps[(slice(None, None, -1),) * taps.ndim]
        origins = [-o - (1 - n % 2) for o, n in zip(origins, taps.shape)]
    else:
        taps = taps.conj()
    starts = [_a.first_tap(n, o) for n, o in zip(taps.shape, origins)]
    _stencil.correlate(call, taps, axes, starts, _a.boundaries(mode, len(axes)), _a.fill(cval, call.dtype))
    return call.finish()
def separable(x, down, across, mode="reflect", cval=0.0, output=None, root=False):
    call = _a.Filtering(x, output)
    axes = [0, 1]
    terms = [[(np.asarray(d), -(len(d)//2)), (np.asarray(a), -(len(a)//2))] for d, a in zip(down, across)]
    _stencil.separable(call, terms, axes, _a.boundaries(mode, 2), _a.fill(cval, call.dtype), root=root)
    return call.finish()
