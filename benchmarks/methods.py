"""Whether `method="auto"` is the faster one: both methods timed over lengths and dtypes, one thread.

    python benchmarks/methods.py

Prints, for every signal length and dtype, the time of the direct sum over that of the FFT for each number of taps, with
the method that "auto" takes (d or f), and marks those that cost more than 20 % over the other.
"""

import time

import numpy as np

import sigkit

DTYPES = ("float32", "float64", "complex64", "complex128", "int64")
SAMPLES = (100, 300, 1000, 3000, 10_000, 100_000)
TAPS = (8, 16, 24, 32, 48, 64, 96, 128, 192, 256, 512, 1024, 4096)
MOST_PRODUCTS = 3e8
TOLERANCE = 1.2


def best_time(x, h, method, seconds=0.012, fewest=4):
    sigkit.convolve(x, h, "full", method)
    times, begin = [], time.perf_counter()
    while len(times) < fewest or time.perf_counter() - begin < seconds:
        start = time.perf_counter()
        sigkit.convolve(x, h, "full", method)
        times.append(time.perf_counter() - start)
    return min(times)


def arrays(dtype, n, m, rng):
    return (100 * rng.standard_normal(n)).astype(dtype), (100 * rng.standard_normal(m)).astype(dtype)


def main():
    rng = np.random.default_rng(1)
    slower = total = 0
    for dtype in DTYPES:
        print(dtype)
        for n in SAMPLES:
            cells = []
            for m in TAPS:
                if m > n or n * m > MOST_PRODUCTS:
                    continue
                x, h = arrays(dtype, n, m, rng)
                direct, fft = best_time(x, h, "direct"), best_time(x, h, "fft")
                chosen = sigkit.choose_conv_method(x, h)
                wrong = (direct / fft if chosen == "direct" else fft / direct) > TOLERANCE
                slower, total = slower + wrong, total + 1
                cells.append(f"{m}:{direct / fft:.2f}{chosen[0]}{'!' * wrong}")
            print(f"{n:>8}  {'  '.join(cells)}")
    print(f"{slower} of {total} choices cost more than {TOLERANCE - 1:.0%} over the other method")


if __name__ == "__main__":
    with sigkit.set_workers(1):
        main()
