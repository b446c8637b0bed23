"""`conv1d` and `conv2d` of `sigkit.layers`."""

import numpy as np

from sigkit import _array, _convolution_jobs, _layer_arguments


def conv1d(
    input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1, *, layout="NCL", padding_mode="zeros"
):
    """Convolution layer over signals: every filter slides along all channels of its group and sums them.

    Parameters
    ----------
    input : array_like, shape (N, C, L) or (C, L); with ``layout="NLC"`` (N, L, C) or (L, C)
        Signals, real or complex.
    weight : array_like, shape (O, C / groups, k)
        The filters, whatever the layout.
    bias : array_like, shape (O,) or the output's without its batch, optional
        Added to the sums: one for each filter, or one for each filter and place (untied). Default None.
    stride : int, default 1
        Samples from one place to the next.
    padding : int, sequence or {"valid", "same", "same_tensorflow"}, default 0
        Samples beyond the ends: the same number at both, or ``((before, after),)``; the words: see `conv2d`.
    dilation : int, default 1
        Samples from one weight to the next.
    groups : int, default 1
        Into how many groups the channels fall; ``groups=C`` is a depthwise layer.
    layout : {"NCL", "NLC"}, default "NCL"
        Where the channels are, in the input and in the result: torch's, or Keras's and JAX's.
    padding_mode : {"zeros", "reflect", "replicate", "circular"}, default "zeros"
        What the samples beyond the ends are, in the words of `torch.nn.Conv1d`.

    Returns
    -------
    ndarray, shape (N, O, L_out), (O, L_out), or with the channels last
        ``L_out = (L + before + after - dilation * (k - 1) - 1) // stride + 1``, in the dtype of `np.result_type`;
        float64 for integers, float32 for float16.

    Raises
    ------
    TypeError
        For masked arrays, matrices, unsupported dtypes, and arguments of the wrong type.
    ValueError
        As `conv2d`.

    See Also
    --------
    conv2d : over images; what is said there about padding, NaN, errors and speed holds here.
    locally_connected1d : weights of their own at every place.
    sigkit.correlate : one signal with one kernel.

    Notes
    -----
    Counterpart: `torch.nn.functional.conv1d`, which is a correlation: the kernel is not reversed. Differences: those of
    `conv2d`.

    Examples
    --------
    100 samples in blocks of 5, each of which becomes 3 values:

    >>> import numpy as np
    >>> from sigkit import layers
    >>> x = np.arange(100.0).reshape(1, 1, 100)
    >>> weight = np.array([[[1, 0, 0, 0, 0]], [[1, 1, 1, 1, 1]], [[-1, 0, 0, 0, 1]]])
    >>> y = layers.conv1d(x, weight, stride=5, layout="NCL")
    >>> y.shape
    (1, 3, 20)
    >>> y[0, :, :4]
    array([[ 0.,  5., 10., 15.],
           [10., 35., 60., 85.],
           [ 4.,  4.,  4.,  4.]])
    """
    return _convolution(input, weight, bias, stride, padding, dilation, groups, layout, padding_mode, 1)


def conv2d(
    input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1, *, layout="NCHW", padding_mode="zeros"
):
    """Convolution layer over images: every filter slides over all channels of its group and sums them.

    Parameters
    ----------
    input : array_like, shape (N, C, H, W) or (C, H, W); with ``layout="NHWC"`` (N, H, W, C) or (H, W, C)
        Images, real or complex.
    weight : array_like, shape (O, C / groups, kh, kw)
        The filters, whatever the layout. Keras and TensorFlow keep them as (kh, kw, C, O):
        ``np.transpose(kernel, (3, 2, 0, 1))``.
    bias : array_like, shape (O,) or the output's without its batch, optional
        Added to the sums: one for each filter, or one for each filter and place (untied). Default None.
    stride : int or (int, int), default 1
        Samples from one place to the next, down and across.
    padding : int, sequence or {"valid", "same", "same_tensorflow"}, default 0
        Samples beyond the sides: one number, one for each axis, or a pair (before, after) for each axis. "valid" is
        none; "same" makes the result as large as the input, as torch has it, for stride 1; "same_tensorflow" makes it
        ``ceil(n / stride)``, as TensorFlow and Keras have it (both add the odd sample behind).
    dilation : int or (int, int), default 1
        Samples from one weight to the next.
    groups : int, default 1
        Into how many groups the channels fall, each with ``O / groups`` filters; ``groups=C`` is a depthwise layer.
    layout : {"NCHW", "NHWC"}, default "NCHW"
        Where the channels are, in the input and in the result: torch's, or Keras's and JAX's.
    padding_mode : {"zeros", "reflect", "replicate", "circular"}, default "zeros"
        What the samples beyond the sides are, in the words of `torch.nn.Conv2d`. Its "reflect" is NumPy's: the sample
        at the edge is not repeated.

    Returns
    -------
    ndarray, shape (N, O, H_out, W_out), (O, H_out, W_out), or with the channels last
        Along each axis ``(n + before + after - dilation * (k - 1) - 1) // stride + 1``, in the dtype of
        `np.result_type`; float64 for integers, float32 for float16.

    Raises
    ------
    TypeError
        For masked arrays, matrices, unsupported dtypes, and arguments of the wrong type.
    ValueError
        For channels that do not fit, groups that do not divide them, a kernel larger than the padded input, a stride or
        dilation below 1, "same" with another stride than 1, padding that "reflect" or "circular" cannot fill, a bias of
        another shape, the wrong number of dimensions.

    See Also
    --------
    conv2d_backward : its gradients.
    locally_connected2d : weights of their own at every place.
    conv_output_shape, conv_parameters, conv_multiply_adds : the arithmetic.
    sigkit.filters.correlate : one image with one kernel.

    Notes
    -----
    Counterpart: `torch.nn.functional.conv2d`, which is a correlation: the kernel is not reversed. Differences:
    `layout`, `padding_mode` (which torch has in `torch.nn.Conv2d`), pairs of padding, "same_tensorflow" and untied
    biases are sigkit's; dtypes may be mixed. As in torch, complex weights are not conjugated. Batches may be empty.

    Samples are loaded once for a block of outputs, padding and all, so that every product of the windows is a shift of
    them; register tiles of weights by places then run over them, whatever the channels. A 1 x 1 kernel is a matrix
    product; kernels so large that it is faster go through spectra of blocks, as in `sigkit.correlate`. No BLAS: the
    result has the same bits for any number of threads, and each thread takes less than 4 MiB.

    A NaN or Inf in the input reaches the outputs whose window holds it, in all filters of its group; in a weight, all
    outputs of its filter. With m = C / groups * kh * kw products and eps of the precision, the error is at most
    ``(min(m, 128) + m // 64 + 4) * eps * sum(|x| |w|)``, bias included; through spectra that of `sigkit.correlate` for
    each channel.

    Source: the register tile over packed weights is that of matrix products (K. Goto and R. van de Geijn, "Anatomy of
    high-performance matrix multiplication", ACM Trans. Math. Softw. 34 (2008) 12), with the shifts of the windows in
    place of a matrix of them.

    Examples
    --------
    >>> import numpy as np
    >>> from sigkit import layers
    >>> x = np.arange(32.0).reshape(1, 2, 4, 4)
    >>> weight = np.ones((3, 2, 3, 3))
    >>> layers.conv2d(x, weight).shape
    (1, 3, 2, 2)
    >>> layers.conv2d(x, weight, np.array([0.0, 1, 2]), stride=2, padding=1)[0, 2]
    array([[ 86., 146.],
           [200., 326.]])
    """
    return _convolution(input, weight, bias, stride, padding, dilation, groups, layout, padding_mode, 2)


def _convolution(input, weight, bias, stride, padding, dilation, groups, layout, padding_mode, axes):
    x = _array.as_array(input, "input")
    w = _array.as_array(weight, "weight")
    b = None if bias is None else _array.as_array(bias, "bias")
    x, single, last = _layer_arguments.channels_first(x, layout, axes, "input")
    stride, pairs, dilation, groups = check(x, w.shape, stride, padding, dilation, groups, axes)
    boundary = _layer_arguments.check_padding_mode(padding_mode, pairs, x.shape[2:])
    lengths = _layer_arguments.output_lengths(x.shape[2:], w.shape[2:], stride, pairs, dilation)
    shape = (x.shape[0], w.shape[0], *lengths)
    dtype = _layer_arguments.dtype_of(x, w, b)
    _layer_arguments.check_result(shape, dtype)
    b = checked_bias(b, shape, last)
    out, view = _layer_arguments.result(shape, dtype, single, last)
    start = [-before for before, _ in pairs]
    if axes == 1:
        x, w, view, b = x[:, :, None], w[:, :, None], view[:, :, None], b if b is None or b.ndim == 1 else b[:, None]
        stride, dilation, start = (1, *stride), (1, *dilation), (0, *start)
    _convolution_jobs.correlate(x, w, b, view, groups, stride, dilation, start, boundary)
    return out


def check(x, weights, stride, padding, dilation, groups, axes):
    """(stride, pairs of padding, dilation, groups) of a layer with weights of such a shape over x (N, C, ...)."""
    if len(weights) != axes + 2:
        axis_names = "kh, kw" if axes == 2 else "k"
        raise ValueError(
            f"weight: expected {axes + 2} dimensions, (O, C / groups, {axis_names}), got shape {_array.shown(weights)}"
        )
    if 0 in weights:
        raise ValueError(f"weight: expected at least one filter, channel and sample, got shape {_array.shown(weights)}")
    groups = _array.size(groups, "groups")
    stride = _layer_arguments.sizes(stride, "stride", axes)
    dilation = _layer_arguments.sizes(dilation, "dilation", axes)
    if weights[0] % groups:
        raise ValueError(f"groups={groups}: expected a divisor of weight's {weights[0]} filters")
    if x.shape[1] % groups:
        raise ValueError(f"groups={groups}: expected a divisor of input's {x.shape[1]} channels")
    if x.shape[1] != groups * weights[1]:
        raise ValueError(
            f"input: expected {groups * weights[1]} channels ({groups} group{'s' * (groups > 1)} of weight's "
            f"{weights[1]}), got {x.shape[1]}"
        )
    pairs = _layer_arguments.padding_pairs(padding, weights[2:], stride, dilation, x.shape[2:])
    return stride, pairs, dilation, groups


def checked_bias(b, shape, last):
    """The bias as (O,) or (O, ...), of an output of this shape (N, O, ...)."""
    if b is None:
        return None
    untied = (*shape[2:], shape[1]) if last else shape[1:]
    if b.shape == (shape[1],):
        return b
    if b.shape == untied:
        return np.moveaxis(b, -1, 0) if last else b
    raise ValueError(f"bias: expected shape {(shape[1],)}, or untied {untied}, got {_array.shown(b.shape)}")
