"""`similarity_matrix`: the order of its rows, its frames and colours, and what it refuses."""

import sys

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

import sigkit
from sigkit import plot


def shown(matrix, **options):
    """(axes, the image on them) after a rendering."""
    figure = Figure()
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    assert plot.similarity_matrix(matrix, axes=axes, **options) is axes
    figure.canvas.draw()
    (image,) = axes.images
    return axes, image


def texts(labels):
    return [label.get_text() for label in labels]


def test_groups_come_first_and_are_framed(rng):
    weights = rng.standard_normal((9, 64))
    weights[[4, 7]], weights[8] = weights[1], weights[0]
    r = sigkit.corrcoef(weights)
    groups = sigkit.redundant_groups(weights, 0.9)
    assert groups == [(0, 8), (1, 4, 7)]
    axes, image = shown(r, groups=groups)
    order = [0, 8, 1, 4, 7, 2, 3, 5, 6]
    assert np.array_equal(image.get_array(), r[np.ix_(order, order)])
    assert texts(axes.get_yticklabels()) == texts(axes.get_xticklabels()) == [*map(str, order)]
    frames = [(*patch.get_xy(), patch.get_width(), patch.get_height()) for patch in axes.patches]
    assert frames == [(-0.5, -0.5, 2, 2), (1.5, 1.5, 3, 3)]
    assert (image.get_clim(), image.get_cmap().name) == ((-1, 1), "RdBu_r")
    assert image.colorbar.ax.get_ylabel() == "coefficient"
    assert axes.get_ylim() == (8.5, -0.5)


def test_differences(rng):
    means = sigkit.mean_absolute_difference(rng.standard_normal((50, 9)))
    axes, image = shown(means, metric="mad")
    assert np.array_equal(image.get_array(), means)
    assert (image.get_clim(), image.get_cmap().name) == ((0, means.max()), "viridis")
    assert image.colorbar.ax.get_ylabel() == "mean absolute difference"
    assert texts(axes.get_xticklabels()) == [str(row) for row in range(0, 50, 2)] and not axes.patches
    assert shown(means, metric="mad", cmap="gray")[1].get_cmap().name == "gray"


@pytest.mark.filterwarnings("error")
def test_odd_matrices():
    for matrix in ([[1]], np.ones((1, 7), bool), np.zeros((40, 2), np.float16), np.full((3, 3), np.nan),
                   np.array([[0, np.inf], [np.nan, 2]]), np.arange(6, dtype=">i2").reshape(2, 3)[::-1]):  # fmt: skip
        for metric in ("pearson", "mad"):
            axes, image = shown(matrix, metric=metric)
            assert image.get_array().shape == np.shape(matrix) and image.get_clim()[0] < image.get_clim()[1]
    assert shown(np.eye(3), groups=[[np.int64(2), 0]])[0].get_yticklabels()[0].get_text() == "2"
    assert shown(np.eye(3), groups=iter([(2,), ()]))[1].get_array()[0, 0] == 1


def test_on_a_figure_of_its_own():
    pyplot = pytest.importorskip("matplotlib.pyplot")
    pyplot.switch_backend("agg")
    axes = plot.similarity_matrix(np.eye(4))
    assert axes.figure.number in pyplot.get_fignums()
    pyplot.close(axes.figure)


@pytest.mark.parametrize(
    ("error", "matrix", "options", "message"),
    [
        (ValueError, np.ones(4), {}, "matrix.*2-D"),
        (ValueError, np.ones((0, 4)), {}, "matrix.*hold something"),
        (TypeError, np.ones((2, 2), complex), {}, "matrix"),
        (TypeError, "matrix", {}, "matrix"),
        (ValueError, np.eye(3), {"metric": "cosine"}, "metric"),
        (TypeError, np.eye(3), {"metric": 1}, "metric"),
        (ValueError, np.ones((3, 4)), {"groups": [(0, 1)]}, "square"),
        (ValueError, np.eye(3), {"groups": [(0, 3)]}, "groups=3: expected at most 2"),
        (ValueError, np.eye(3), {"groups": [(0, -1)]}, "groups=-1"),
        (ValueError, np.eye(3), {"groups": [(0, 1), (1, 2)]}, "groups: expected no row twice"),
        (TypeError, np.eye(3), {"groups": [0, 1]}, "groups: expected sequences of integers"),
        (TypeError, np.eye(3), {"groups": [(0, 1.5)]}, "groups: expected sequences of integers"),
        (TypeError, np.eye(3), {"groups": 5}, "groups: expected sequences of integers"),
        (TypeError, np.eye(3), {"axes": "none"}, "axes: expected a matplotlib.axes.Axes, got str"),
    ],
)
def test_refuses(error, matrix, options, message):
    with pytest.raises(error, match=message):
        plot.similarity_matrix(matrix, **{"axes": Figure().subplots(), **options})


def test_without_matplotlib(monkeypatch):
    for name in [name for name in sys.modules if name.split(".")[0] == "matplotlib"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError, match=r"sigkit-dsp\[plot\]"):
        plot.similarity_matrix(np.eye(2))
