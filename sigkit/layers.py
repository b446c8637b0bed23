r"""What networks compute, in NumPy alone: convolution layers, their gradients, and their arithmetic.

Names, arguments and definitions are those of `torch.nn.functional`: a convolution is a correlation, the kernel is not
reversed. Arrays are ``(N, C, H, W)`` as in torch; with ``layout="NHWC"`` they are ``(N, H, W, C)`` as in Keras,
TensorFlow and JAX, and so are the results. Weights are torch's, ``(O, C / groups, kh, kw)``, in either layout. The
batch axis may be missing, and may be empty.

Dtypes
------
float32, float64, complex64 and complex128 are computed and returned as such, mixed ones as `np.result_type` says,
float16 as float32, integers and bool as float64. Complex weights are not conjugated.

Padding
-------
``padding`` is a number, one for each axis, a pair (before, after) for each axis, or a word; ``padding_mode`` says what
stands there::

    "zeros"       0 0 | a b c d | 0 0
    "reflect"     c b | a b c d | c b
    "replicate"   a a | a b c d | d d
    "circular"    c d | a b c d | a b

The arithmetic
--------------
`conv_output_shape`, `conv_parameters`, `linear_parameters`, `receptive_field` and `conv_multiply_adds` answer in
numbers what the layers do:

>>> import numpy as np
>>> from sigkit import layers
>>> image, weight = np.zeros((3, 227, 227), np.float32), np.zeros((96, 3, 11, 11), np.float32)
>>> layers.conv2d(image, weight, stride=4).shape == layers.conv_output_shape(image.shape, 11, 4, out_channels=96)
True

`docs/layers.md` works out more of them.
"""

from sigkit._activations import dropout, elu, relu, sigmoid, silu, softmax, tanh
from sigkit._batch_norm import BatchStatistics, batch_norm
from sigkit._conv_gradients import ConvGradients, conv2d_backward
from sigkit._conv_layers import conv1d, conv2d
from sigkit._dense_layers import LinearGradients, linear, linear_backward
from sigkit._layer_arithmetic import (
    ReceptiveField,
    conv_multiply_adds,
    conv_output_shape,
    conv_parameters,
    linear_parameters,
    receptive_field,
)
from sigkit._local_layers import locally_connected1d, locally_connected2d
from sigkit._pooling import avg_pool1d, avg_pool2d, max_pool1d, max_pool2d

__all__ = [
    "BatchStatistics", "ConvGradients", "LinearGradients", "ReceptiveField", "avg_pool1d", "avg_pool2d", "batch_norm",
    "conv1d", "conv2d", "conv2d_backward", "conv_multiply_adds", "conv_output_shape", "conv_parameters", "dropout",
    "elu", "linear", "linear_backward", "linear_parameters", "locally_connected1d", "locally_connected2d",
    "max_pool1d", "max_pool2d", "receptive_field", "relu", "sigmoid", "silu", "softmax", "tanh",
]  # fmt: skip
