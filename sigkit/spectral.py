r"""Short-time spectra, their inverse, spectrograms, and averaged spectra of real and complex signals.

`stft` and `istft` are librosa's, `welch`, `csd`, `coherence` and `periodogram` SciPy's, `power_to_db` and
`amplitude_to_db` librosa's; `spectrogram`, `SpectrogramStream` and the centred transforms of images are sigkit's own.

>>> import numpy as np
>>> import sigkit
>>> y = np.random.default_rng(0).standard_normal(22050).astype(np.float32)
>>> D = sigkit.stft(y)
>>> D.shape, D.dtype
((1025, 44), dtype('complex64'))
>>> bool(np.allclose(sigkit.istft(D, length=22050), y, atol=1e-5))
True

Frames
------
Frame f of a signal of n samples is made of the samples ``f * hop_length - pad`` to ``f * hop_length - pad + n_fft -
1``, with ``pad = n_fft // 2`` where ``center=True`` and 0 elsewhere:

============  =======================================  =================================================
center        frames                                   fewest samples
============  =======================================  =================================================
True          ``1 + n // hop_length`` (even n_fft),    0 (even n_fft, zeros: one frame), else 1
              ``1 + (n - 1) // hop_length`` (odd)
False         ``1 + (n - n_fft) // hop_length``        n_fft
============  =======================================  =================================================

and with n_fft = 8, hop_length = 4:

=======  ===========  ============  ==================================================================
n        center=True  center=False  first and last frame, centred (samples; those outside are padding)
=======  ===========  ============  ==================================================================
0        1            ValueError    -4 .. 3
1        1            ValueError    -4 .. 3
7        2            ValueError    -4 .. 3, 0 .. 7
8        3            1             -4 .. 3, 4 .. 11
9        3            1             -4 .. 3, 4 .. 11
12       4            2             -4 .. 3, 8 .. 15
=======  ===========  ============  ==================================================================

Fewer samples than a frame needs are a ValueError. A hop longer than a frame leaves samples out. The window of
``win_length`` samples lies in the middle of the `n_fft` points, ``(n_fft - win_length) // 2`` zeros before it; samples
under those zeros are not looked at.

What stands outside of the signal, for the samples a b c d and ``pad = 3``:

=============  ====================================
constant       ``0 0 0 | a b c d | 0 0 0``
edge           ``a a a | a b c d | d d d``
reflect        ``d c b | a b c d | c b a``
symmetric      ``c b a | a b c d | d c b``
wrap           ``b c d | a b c d | a b c``
linear_ramp    ``0 a/3 2a/3 | a b c d | 2d/3 d/3 0``
=============  ====================================

Bins
----
================  ==================================  ======================================  ==========
spectrum          bins                                frequency of bin k                      default of
================  ==================================  ======================================  ==========
one-sided         ``n_fft // 2 + 1``                  ``k * fs / n_fft``                      real
two-sided         `n_fft`                             the same, less fs from ``n_fft / 2``    complex
centred           `n_fft`, DC at ``n_fft // 2``       ``(k - n_fft // 2) * fs / n_fft``       neither
================  ==================================  ======================================  ==========

Common to all functions here
----------------------------
float32 and complex64 samples are computed in single precision and give float32 and complex64; integers and bool
compute in double precision; float16 counts as float32. Transforms of 2**a 3**b 5**c 7**d points up to 16,384 are
sigkit's own, fused with windows and results; others are `scipy.fft`'s, by groups of frames that stay in cache.
All work is done by up to `sigkit.get_workers()` threads; results have the same bits for any number of them, and a frame
has the same bits wherever it stands in the signal or the batch.

A sample that is NaN or infinite makes all bins of the frames whose window holds it NaN, and no other.

Error bound of a spectrum's bin, `eps` being the machine epsilon of the result: ``g * eps * sum |w[j] x[j]|`` over the
frame, with ``g = 4 + sum (p + 4)`` over the prime factors p of n_fft. The relative error of a frame as a whole, as its
root mean square, is below 4e-7 (complex64) and 8e-16 (complex128). Trends are found in double precision and taken off
before a sample is rounded to single precision: there both bounds hold of the samples without their trend, be it a
million times as large. In double precision they hold of the samples before that.
"""

from sigkit._decibels import amplitude_to_db, power_to_db
from sigkit._images import fft2_centered, ifft2_centered
from sigkit._spectrogram import SpectrogramStream, spectrogram
from sigkit._stft import istft, stft
from sigkit._welch import coherence, csd, periodogram, welch

__all__ = [
    "SpectrogramStream",
    "amplitude_to_db",
    "coherence",
    "csd",
    "fft2_centered",
    "ifft2_centered",
    "istft",
    "periodogram",
    "power_to_db",
    "spectrogram",
    "stft",
    "welch",
]
