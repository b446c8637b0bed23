"""`locally_connected1d` and `locally_connected2d` of `sigkit.layers`."""

import numpy as np

from sigkit import _array, _conv_layers, _layer_arguments


def locally_connected1d(
    input, weight, bias=None, stride=1, padding=0, dilation=1, *, layout="NCL", padding_mode="zeros"
):
    """Locally connected layer over signals: a convolution whose weights are its own at every place.

    Parameters
    ----------
    input : array_like, shape (N, C, L) or (C, L); with ``layout="NLC"`` (N, L, C) or (L, C)
        Signals, real or complex.
    weight : array_like, shape (O, C, k, L_out)
        ``weight[..., i]`` is the convolution's weight at place i, whatever the layout: see `locally_connected2d`.
    bias : array_like, shape (O,) or the output's without its batch, optional
        Added to the sums: one for each filter, or (as Keras has it) one for each filter and place. Default None.
    stride : int, default 1
        Samples from one place to the next.
    padding : int, sequence or {"valid", "same", "same_tensorflow"}, default 0
        Samples beyond the ends, as in `conv1d`.
    dilation : int, default 1
        Samples from one weight to the next.
    layout : {"NCL", "NLC"}, default "NCL"
        Where the channels are, in the input and in the result.
    padding_mode : {"zeros", "reflect", "replicate", "circular"}, default "zeros"
        What the samples beyond the ends are, as in `conv1d`.

    Returns
    -------
    ndarray, shape (N, O, L_out), (O, L_out), or with the channels last
        As `conv1d`.

    Raises
    ------
    TypeError, ValueError
        As `locally_connected2d`.

    See Also
    --------
    conv1d : weights shared by all places.
    locally_connected2d : over images.

    Notes
    -----
    Counterpart: `keras.layers.LocallyConnected1D` (Keras 2), whose kernel of shape (L_out, k * C, O) is ``np.transpose(
    kernel.reshape(L_out, k, C, O), (3, 2, 1, 0))`` here; torch has none. NaN rule and error: `locally_connected2d`.

    Examples
    --------
    A kernel of 2 on 3 samples has 2 places: 4 weights, and a bias each:

    >>> import numpy as np
    >>> from sigkit import layers
    >>> weight = np.array([[[[1.0, 10.0], [2.0, 20.0]]]])
    >>> layers.locally_connected1d([[[1.0, 2.0, 3.0]]], weight, np.array([[0.0, 0.5]]))
    array([[[ 5. , 80.5]]])
    """
    return _local(input, weight, bias, stride, padding, dilation, layout, padding_mode, 1)


def locally_connected2d(
    input, weight, bias=None, stride=1, padding=0, dilation=1, *, layout="NCHW", padding_mode="zeros"
):
    """Locally connected layer over images: a convolution whose weights are its own at every place.

    Parameters
    ----------
    input : array_like, shape (N, C, H, W) or (C, H, W); with ``layout="NHWC"`` (N, H, W, C) or (H, W, C)
        Images, real or complex.
    weight : array_like, shape (O, C, kh, kw, H_out, W_out)
        ``weight[..., y, x]`` is the convolution's weight at place (y, x), whatever the layout: the places come last, so
        that a row of them is read as it lies.
    bias : array_like, shape (O,) or the output's without its batch, optional
        Added to the sums: one for each filter, or (as Keras has it) one for each filter and place. Default None.
    stride : int or (int, int), default 1
        Samples from one place to the next, down and across.
    padding : int, sequence or {"valid", "same", "same_tensorflow"}, default 0
        Samples beyond the sides, as in `conv2d`.
    dilation : int or (int, int), default 1
        Samples from one weight to the next.
    layout : {"NCHW", "NHWC"}, default "NCHW"
        Where the channels are, in the input and in the result.
    padding_mode : {"zeros", "reflect", "replicate", "circular"}, default "zeros"
        What the samples beyond the sides are, as in `conv2d`.

    Returns
    -------
    ndarray, shape (N, O, H_out, W_out), (O, H_out, W_out), or with the channels last
        As `conv2d`.

    Raises
    ------
    TypeError
        For masked arrays, matrices, unsupported dtypes, and arguments of the wrong type.
    ValueError
        For weights that are not those of the input's channels and the output's places, and as `conv2d`.

    See Also
    --------
    conv2d : weights shared by all places.

    Notes
    -----
    Counterpart: `keras.layers.LocallyConnected2D` (Keras 2), whose kernel of shape (H_out * W_out, kh * kw * C, O) is
    ``np.transpose(kernel.reshape(H_out, W_out, kh, kw, C, O), (5, 4, 2, 3, 0, 1))`` here. torch has none; there it is
    ``torch.einsum("nkl,okl->nol", torch.nn.functional.unfold(input, (kh, kw)), weight.reshape(O, -1, places))``, to
    which the weights fit as they are.

    A layer of this kind does two operations for every weight and image: reading the weights takes the time. They are
    read once for 16 images, a row of places at a time, and never copied where they are contiguous and of the result's
    dtype; complex ones are taken apart into copies of their parts first. Same bits for any number of threads; each
    takes less than 4 MiB.

    A NaN or Inf in the input reaches the outputs whose window holds it, in all filters; in a weight, one output of each
    image. The error is at most ``(kh * kw + C + 4) * eps * sum(|x| |w|)``, twice that for complex input.

    Source: the layer is that of Y. Taigman et al., "DeepFace", CVPR 2014.

    Examples
    --------
    >>> import numpy as np
    >>> from sigkit import layers
    >>> x = np.arange(9.0).reshape(1, 1, 3, 3)
    >>> weight = np.ones((1, 1, 2, 2, 1, 1)) * [[1, 10], [100, 1000]]
    >>> layers.locally_connected2d(x, weight)[0, 0]
    array([[8.0e+00, 1.2e+02],
           [2.0e+03, 2.4e+04]])
    """
    return _local(input, weight, bias, stride, padding, dilation, layout, padding_mode, 2)


def _local(input, weight, bias, stride, padding, dilation, layout, padding_mode, axes):
    x = _array.as_array(input, "input")
    w = _array.as_array(weight, "weight")
    b = None if bias is None else _array.as_array(bias, "bias")
    x, single, last = _layer_arguments.channels_first(x, layout, axes, "input")
    if w.ndim != 2 + 2 * axes:
        expected = "(O, C, kh, kw, H_out, W_out)" if axes == 2 else "(O, C, k, L_out)"
        raise ValueError(f"weight: expected {expected}, got shape {_array.shown(w.shape)}")
    kernel = w.shape[: 2 + axes]
    stride, pairs, dilation, _ = _conv_layers.check(x, kernel, stride, padding, dilation, 1, axes)
    boundary = _layer_arguments.check_padding_mode(padding_mode, pairs, x.shape[2:])
    lengths = _layer_arguments.output_lengths(x.shape[2:], kernel[2:], stride, pairs, dilation)
    if w.shape[2 + axes :] != lengths:
        raise ValueError(f"weight: expected weights for {_array.shown(lengths)} places, got {w.shape[2 + axes :]}")
    shape = (x.shape[0], w.shape[0], *lengths)
    dtype = _layer_arguments.dtype_of(x, w, b)
    _layer_arguments.check_result(shape, dtype)
    b = _conv_layers.checked_bias(b, shape, last)
    out, view = _layer_arguments.result(shape, dtype, single, last)
    kernel, start = kernel[2:], [-before for before, _ in pairs]
    if axes == 1:
        x, view, b = x[:, :, None], view[:, :, None], b if b is None or b.ndim == 1 else b[:, None]
        kernel, stride, dilation, start = (1, *kernel), (1, *stride), (1, *dilation), (0, *start)
    if b is not None:
        b = np.broadcast_to(b[:, None, None] if b.ndim == 1 else b, view.shape[1:])
    _sum(x, w, b, view, (tuple(kernel), tuple(stride), tuple(dilation), tuple(start), boundary))
    return out


def _sum(x, w, b, out, windows):
    """Real sums, of each part of complex arrays: the parts of a product where both are complex."""
    dtype = out.dtype
    real = _array.REAL_OF[dtype]
    if dtype.kind != "c":
        _array.local(x, _layer_arguments.plain(w, real), b, out, windows)
        return
    parts = {}
    for i, of_x in enumerate(_parts(x)):
        for k, of_w in enumerate(_parts(w)):
            part = np.empty(out.shape, real)
            _array.local(of_x, _layer_arguments.plain(of_w, real), None, part, windows)
            parts[i, k] = part
    with np.errstate(invalid="ignore", over="ignore"):
        out.real = parts[0, 0] - parts[1, 1] if (1, 1) in parts else parts[0, 0]
        out.imag = sum(parts[key] for key in ((0, 1), (1, 0)) if key in parts)
        if b is not None:
            out += b


def _parts(a):
    """Real part and imaginary part; of a real array itself."""
    return (np.ascontiguousarray(a.real), np.ascontiguousarray(a.imag)) if a.dtype.kind == "c" else (a,)
