"""The arithmetic of layers, in `sigkit.layers`: sizes, parameters, receptive fields, multiply-adds."""

import math
from typing import NamedTuple

import numpy as np

from sigkit import _array, _layer_arguments


class ReceptiveField(NamedTuple):
    """What `receptive_field` returns: the one layer that sees what a stack of them sees."""

    size: int | tuple
    stride: int | tuple
    padding: int | tuple


def conv_output_shape(input_shape, kernel_size, stride=1, padding=0, dilation=1, out_channels=None):
    """Shape of what a convolution or pooling layer makes of an input.

    Parameters
    ----------
    input_shape : int or sequence of int
        The samples along the axes that the kernel moves; channels, or a batch and channels, may stand before them:
        ``(H, W)``, ``(C, H, W)``, ``(N, C, H, W)``.
    kernel_size : int or sequence of int
        The kernel's samples along each axis that it moves. A sequence says how many axes those are; one integer stands
        for two of them, or for one where `input_shape` has no more.
    stride : int or sequence of int, default 1
        Samples from one place to the next.
    padding : int, sequence or {"valid", "same", "same_tensorflow"}, default 0
        Samples beyond the sides, as in `conv2d`.
    dilation : int or sequence of int, default 1
        Samples from one weight to the next.
    out_channels : int, optional
        How many filters there are. Default None: channels stay, as in pooling.

    Returns
    -------
    tuple of int
        ``(n + before + after - dilation * (kernel - 1) - 1) // stride + 1`` along each axis, behind the batch and the
        channels.

    Raises
    ------
    TypeError
        For arguments of the wrong type.
    ValueError
        For a kernel larger than the padded input, a stride, dilation or kernel below 1, lengths that do not fit.

    See Also
    --------
    conv2d : the layer itself.
    receptive_field : what an output of several layers sees.

    Notes
    -----
    Counterpart: none; it is the shape that `torch.nn.functional.conv2d` returns.

    Examples
    --------
    AlexNet's first layer:

    >>> from sigkit import layers
    >>> layers.conv_output_shape((3, 227, 227), 11, stride=4, out_channels=96)
    (96, 55, 55)
    """
    before, lengths = _places(input_shape, kernel_size, stride, padding, dilation)
    if out_channels is not None:
        before = (*before[:-1], _array.size(out_channels, "out_channels"))
    return (*before, *lengths)


def _places(input_shape, kernel_size, stride, padding, dilation):
    """(the axes before those that the kernel moves, the places along these)."""
    shape = _shape(input_shape, "input_shape")
    kernel = _kernel(kernel_size, axes=min(len(shape), 2))
    axes = len(kernel)
    if not axes <= len(shape) <= axes + 2:
        raise ValueError(
            f"input_shape={_array.shown(input_shape)}: expected {axes} numbers for a kernel of {axes} axes, or up to "
            f"two more for channels and a batch, got {len(shape)}"
        )
    stride = _layer_arguments.sizes(stride, "stride", axes)
    dilation = _layer_arguments.sizes(dilation, "dilation", axes)
    before, lengths = shape[:-axes], shape[-axes:]
    pairs = _layer_arguments.padding_pairs(padding, kernel, stride, dilation, lengths)
    return before, _layer_arguments.output_lengths(lengths, kernel, stride, pairs, dilation, "input_shape")


def _shape(value, name):
    if isinstance(value, (str, bytes)):
        raise TypeError(f"{name}: expected integers, got {_array.shown(value)}")
    try:
        values = tuple(value)
    except TypeError:
        values = (value,)
    if not values:
        raise ValueError(f"{name}: expected at least one number, got none")
    return tuple(_array.size(item, name, 0) for item in values)


def _kernel(kernel_size, axes):
    if not np.iterable(kernel_size):
        return (_array.size(kernel_size, "kernel_size"),) * axes
    kernel = _shape(kernel_size, "kernel_size")
    return tuple(_array.size(k, "kernel_size") for k in kernel)


def conv_parameters(in_channels, out_channels, kernel_size, groups=1, bias=True):
    """How many numbers a convolution layer learns.

    Parameters
    ----------
    in_channels : int
        Channels of the input.
    out_channels : int
        Filters.
    kernel_size : int or sequence of int
        The kernel's samples along each axis; one integer stands for two axes: write ``(k,)`` for a signal's kernel.
    groups : int, default 1
        Into how many groups the channels fall: a filter sees the channels of its group alone.
    bias : bool or sequence of int, default True
        Whether each filter has a bias; the shape of an untied one.

    Returns
    -------
    int
        ``out_channels * (in_channels / groups) * prod(kernel_size)`` weights, and the biases.

    Raises
    ------
    TypeError
        For arguments of the wrong type.
    ValueError
        For numbers below 1 and groups that do not divide the channels.

    See Also
    --------
    linear_parameters : of a dense layer.
    conv_multiply_adds : what it has to compute.

    Notes
    -----
    Counterpart: none; it is ``sum(p.numel() for p in torch.nn.Conv2d(...).parameters())``.

    Examples
    --------
    >>> from sigkit import layers
    >>> layers.conv_parameters(6, 50, 5)
    7550
    >>> layers.conv_parameters(8, 16, 7, bias=False), layers.conv_parameters(8, 16, 7, groups=8, bias=False)
    (6272, 784)
    """
    weights = math.prod(_weights(in_channels, out_channels, kernel_size, groups))
    if isinstance(bias, (bool, np.bool_)):
        return weights + (_array.index(out_channels, "out_channels") if bias else 0)
    if not np.iterable(bias):
        raise TypeError(f"bias: expected True, False or the shape of an untied one, got {_array.shown(bias)}")
    shape = _shape(bias, "bias")
    if shape[0] != out_channels:
        raise ValueError(f"bias={_array.shown(bias)}: expected a shape that begins with out_channels={out_channels}")
    return weights + math.prod(shape)


def _weights(in_channels, out_channels, kernel_size, groups):
    channels, filters = _array.size(in_channels, "in_channels"), _array.size(out_channels, "out_channels")
    groups = _array.size(groups, "groups")
    for name, count in (("in_channels", channels), ("out_channels", filters)):
        if count % groups:
            raise ValueError(f"groups={groups}: expected a divisor of {name}={count}")
    return (filters, channels // groups, *_kernel(kernel_size, axes=2))


def linear_parameters(in_features, out_features, bias=True):
    """How many numbers a dense layer learns.

    Parameters
    ----------
    in_features : int
        Inputs.
    out_features : int
        Outputs.
    bias : bool, default True
        Whether each output has a bias.

    Returns
    -------
    int
        ``in_features * out_features`` weights, and the biases.

    Raises
    ------
    TypeError
        For arguments of the wrong type.
    ValueError
        For numbers below 1.

    See Also
    --------
    conv_parameters : of a convolution.

    Notes
    -----
    Counterpart: none; it is ``sum(p.numel() for p in torch.nn.Linear(...).parameters())``.

    Examples
    --------
    >>> from sigkit import layers
    >>> layers.linear_parameters(512, 40_000) == 512 * 40_000 + 40_000
    True
    """
    inputs, outputs = _array.size(in_features, "in_features"), _array.size(out_features, "out_features")
    return outputs * (inputs + _array.flag(bias, "bias"))


def receptive_field(layers):
    """What one output of a stack of layers sees of the input.

    Parameters
    ----------
    layers : sequence
        One entry for each convolution or pooling layer, the first one first: its kernel size, or a tuple of kernel
        size, stride, padding and dilation, of which the last ones may be left out; or a dict with the names of
        `conv2d` and ``kernel_size``. Each is an integer, or a pair of them for (down, across).

    Returns
    -------
    ReceptiveField
        ``size``, ``stride`` and ``padding`` of the one layer that has the same places and sees the same samples:
        integers, or pairs where a layer has pairs.

    Raises
    ------
    TypeError
        For arguments of the wrong type.
    ValueError
        For a size, stride or dilation below 1, a padding below 0, unknown names, pairs of different lengths.

    See Also
    --------
    conv_output_shape : with these numbers, the shape that the stack returns.

    Notes
    -----
    Counterpart: none. size = 1 + sum over the layers of dilation * (kernel - 1) * the strides of the layers before,
    stride their product, padding the sum of padding * the strides before (A. Araujo, W. Norris and J. Sim, "Computing
    receptive fields of convolutional neural networks", Distill, 2019).

    Examples
    --------
    Two 3 x 3 convolutions see 5 x 5; a stride before them doubles what they see:

    >>> from sigkit import layers
    >>> layers.receptive_field([3, 3]).size
    5
    >>> layers.receptive_field([(3, 2, 1), (3, 2, 1), {"kernel_size": 3, "dilation": 2}])
    ReceptiveField(size=23, stride=4, padding=3)
    """
    if isinstance(layers, (str, bytes, dict)) or not hasattr(layers, "__iter__"):
        raise TypeError(f"layers: expected a sequence of layers, got {_array.shown(layers)}")
    stack = [_layer(entry) for entry in layers]
    lengths = {len(v) for layer in stack for v in layer if isinstance(v, tuple)}
    if len(lengths) > 1:
        raise ValueError(f"layers: expected as many numbers in every tuple, got {sorted(lengths)}")
    axes = lengths.pop() if lengths else None
    fields = [_field([[v[a] if isinstance(v, tuple) else v for v in layer] for layer in stack])
              for a in range(axes or 1)]  # fmt: skip
    return ReceptiveField(*(fields[0] if axes is None else zip(*fields, strict=True)))


_NAMES = {"kernel_size": (None, 1), "stride": (1, 1), "padding": (0, 0), "dilation": (1, 1)}


def _layer(entry):
    """(kernel, stride, padding, dilation), each an integer or a tuple of them."""
    if isinstance(entry, dict):
        unknown = [name for name in entry if name not in _NAMES]
        if unknown or "kernel_size" not in entry:
            raise ValueError(f"layers: expected kernel_size, stride, padding, dilation, got {_array.shown(entry)}")
        given = entry
    else:
        values = entry if isinstance(entry, (tuple, list)) else (entry,)
        if not 1 <= len(values) <= len(_NAMES):
            raise ValueError(f"layers: expected (kernel_size, stride, padding, dilation), got {_array.shown(entry)}")
        given = dict(zip(_NAMES, values, strict=False))
    layer = []
    for name, (default, least) in _NAMES.items():
        value = given.get(name, default)
        if isinstance(value, (tuple, list)):
            if not value:
                raise ValueError(f"layers: expected at least one number for {name}, got {_array.shown(entry)}")
            layer.append(tuple(_array.size(item, f"layers: {name}", least) for item in value))
        else:
            layer.append(_array.size(value, f"layers: {name}", least))
    return layer


def _field(stack):
    size, jump, before = 1, 1, 0
    for kernel, stride, padding, dilation in stack:
        size += dilation * (kernel - 1) * jump
        before += padding * jump
        jump *= stride
    return size, jump, before


def conv_multiply_adds(
    input_shape, out_channels, kernel_size, stride=1, padding=0, dilation=1, groups=1
):
    """How many multiplications, each with an addition, a convolution layer takes.

    Parameters
    ----------
    input_shape : sequence of int
        ``(C, H, W)``, ``(N, C, H, W)``, or with as many axes as `kernel_size` has behind the channels.
    out_channels : int
        Filters.
    kernel_size : int or sequence of int
        The kernel's samples along each axis; one integer stands for two axes.
    stride : int or sequence of int, default 1
        Samples from one place to the next.
    padding : int, sequence or {"valid", "same", "same_tensorflow"}, default 0
        Samples beyond the sides, as in `conv2d`.
    dilation : int or sequence of int, default 1
        Samples from one weight to the next.
    groups : int, default 1
        Into how many groups the channels fall.

    Returns
    -------
    int
        Outputs times the weights of a filter; those with the padding count, biases do not.

    Raises
    ------
    TypeError, ValueError
        As `conv_output_shape` and `conv_parameters`; ValueError also for a shape without channels.

    See Also
    --------
    conv_output_shape, conv_parameters

    Notes
    -----
    Counterpart: none; it is half of what `torch.utils.flop_counter` counts for `torch.nn.functional.conv2d`.

    Examples
    --------
    >>> from sigkit import layers
    >>> layers.conv_multiply_adds((3, 227, 227), 96, 11, stride=4)
    105415200
    >>> layers.conv_multiply_adds((64, 56, 56), 64, 3, padding=1, groups=64)
    1806336
    """
    shape = _shape(input_shape, "input_shape")
    kernel = _kernel(kernel_size, axes=2)
    if len(shape) <= len(kernel):
        raise ValueError(
            f"input_shape={_array.shown(input_shape)}: expected channels before {len(kernel)} axes, got {len(shape)}"
        )
    before, lengths = _places(shape, kernel, stride, padding, dilation)
    weights = math.prod(_weights(before[-1], out_channels, kernel, groups))
    return math.prod(before[:-1]) * math.prod(lengths) * weights
