"""Where does a word stand in a photograph of a page? Template matching under uneven light, in a figure.

    python examples/template_matching.py --output template-matching.png

The photograph is scikit-image's `data.page()`: print on paper whose light falls off to the left, lines that sag. The
template is the word "markers" as the first line of text has it; the page has it three times. Searched three ways:

- the Pearson coefficient of the template with every window (`match_template`), and its matches (`find_matches`);
- their plain correlation, which is largest where the paper is brightest;
- the same photograph with 1e6 added, as float32, which is what counts of a sensor with a pedestal look like: the
  coefficients must stay the same to 1e-6 of what those samples, which hold 1/16 of a grey level, give.
"""

import argparse
from pathlib import Path
from typing import NamedTuple

import numpy as np

import sigkit

TOP, LEFT, HEIGHT, WIDTH = 49, 167, 15, 55  # of the word in the first line
WORDS = [(49, 167), (67, 133), (100, 29)]  # where it stands, by eye
THRESHOLD = 0.6
PEDESTAL = 1e6


class Found(NamedTuple):
    page: np.ndarray
    coefficients: np.ndarray
    matches: sigkit.Matches
    brightest: np.ndarray
    """Where the plain correlation is largest, three places a word apart."""
    beside: float
    """The largest coefficient where no word stands."""
    moved: float
    """By how much the pedestal moves a coefficient, beyond what rounding the samples does."""


def measure():
    from skimage import data

    page = data.page().astype(np.float32)
    word = page[TOP : TOP + HEIGHT, LEFT : LEFT + WIDTH]
    r = sigkit.match_template(page, word)
    others = r.copy()
    for y, x in WORDS:
        others[max(y - HEIGHT, 0) : y + HEIGHT, max(x - WIDTH // 2, 0) : x + WIDTH // 2] = -1
    plain = sigkit.correlate2d(page, word, "valid")
    raised = page + np.float32(PEDESTAL)
    exact = (raised.astype(np.float64) - PEDESTAL).astype(np.float32)  # the samples that are left, without the pedestal
    again, expected = (sigkit.match_template(x, x[TOP : TOP + HEIGHT, LEFT : LEFT + WIDTH]) for x in (raised, exact))
    matches = sigkit.find_matches(r, THRESHOLD, HEIGHT)
    brightest = sigkit.find_matches(plain, 0, WIDTH)
    highest = np.argsort(brightest.coefficients)[::-1][: len(WORDS)]
    moved = float(abs(again - expected).max())
    return Found(page, r, matches, brightest.positions[highest], float(others.max()), moved)


def lines(found):
    count = len(found.matches.positions)
    yield f'the word "markers" is on the page {len(WORDS)} times; coefficients of {THRESHOLD} and more: {count}'
    for (y, x), r in zip(found.matches.positions, found.matches.coefficients, strict=True):
        yield f"  row {y:3}, column {x:3}: {r:.3f}"
    yield f"largest coefficient anywhere else: {found.beside:.3f}"
    hits = sum(is_word(place) for place in found.brightest)
    yield f"of the {len(WORDS)} highest places of the plain correlation, {hits} are the word"
    yield f"with {PEDESTAL:.0e} added in float32 no coefficient moves by more than {found.moved:.1e}"


def is_word(place):
    return any(abs(place[0] - y) <= 2 and abs(place[1] - x) <= 2 for y, x in WORDS)


def draw(found, path):
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
    from matplotlib.patches import Rectangle

    figure, (above, below) = plt.subplots(2, 1, figsize=(9, 10), layout="constrained")
    above.imshow(found.page, cmap="gray")
    for places, colour, style, label in (
        (found.brightest, "#d97706", ":", "highest plain correlation"),
        (found.matches.positions, "#b91c1c", "-", f"coefficient at least {THRESHOLD}"),
    ):
        for number, (y, x) in enumerate(places):
            box = Rectangle((x - 0.5, y - 0.5), WIDTH, HEIGHT, fill=False, edgecolor=colour, linestyle=style,
                            linewidth=2, label=None if number else label)  # fmt: skip
            above.add_patch(box)
    above.set_title('the word "markers"')
    above.legend(loc="lower right")
    picture = below.imshow(found.coefficients, cmap="RdBu_r", vmin=-1, vmax=1)
    below.set_title("coefficient of each window, at its first sample")
    figure.colorbar(picture, ax=below, shrink=0.8)
    for axes in (above, below):
        axes.set(xticks=[], yticks=[])
    figure.savefig(path, dpi=130)


def main(arguments=None):
    parser = argparse.ArgumentParser(description="find a word in a photograph of a page")
    parser.add_argument("--output", type=Path, default=Path("template-matching.png"), help="the figure (%(default)s)")
    options = parser.parse_args(arguments)
    found = measure()
    print("\n".join(lines(found)))
    draw(found, options.output)
    print(f"figure: {options.output}")
    return found


if __name__ == "__main__":
    main()
