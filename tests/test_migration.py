"""docs/migration.md: every row of its tables and every example is run, beside the library that it comes from."""

import doctest
import pathlib
import re

import numpy as np
import pytest

from sigkit import filters

PAGE = (pathlib.Path(__file__).resolve().parent.parent / "docs" / "migration.md").read_text(encoding="utf-8")
START, *SECTIONS = re.split(r"^## ", PAGE, flags=re.MULTILINE)
MODULES = {"scipy.ndimage": "scipy.ndimage", "OpenCV": "cv2", "scikit-image": "skimage.filters"}
ROW = re.compile(r"^\| `([^|]+)` \| `([^|]+)` \| ([\w ]+) \|$", flags=re.MULTILINE)
PEER_PREFIX = {"scipy.ndimage": "ndimage", "OpenCV": "cv2", "scikit-image": r"skf|transform"}


def agreement(theirs, ours, promised):
    """The word promised, where it holds; else what does."""
    if (theirs.dtype, theirs.shape) != (ours.dtype, ours.shape):
        return f"{theirs.dtype} {theirs.shape} beside {ours.dtype} {ours.shape}"
    if np.array_equal(theirs, ours):
        return promised
    if theirs.dtype.kind in "iu":
        most = abs(theirs.astype(int) - ours).max()
        return promised if promised == "1 level" and most == 1 else f"{most} level(s)"
    eps = abs(theirs - ours).max() / abs(theirs).max() / np.finfo(theirs.dtype).eps
    return promised if promised == "rounding" and eps <= 64 else f"{eps:.1f} eps"


def examples(text, names):
    """The page as one doctest: each row of its tables is an example like the others, whose result is the agreement."""
    rows = ROW.sub(r">>> print(agreement(\1, \2, '\3'))\n\3\n", text)
    return doctest.DocTestParser().get_doctest(rows, names, "migration.md", "docs/migration.md", 0)


def run(text, names):
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE | doctest.REPORT_NDIFF)
    report = []
    runner.run(examples(text, names), out=report.append, clear_globs=False)
    assert not runner.failures, "".join(report)
    return runner.tries


def title(section):
    return section.splitlines()[0]


def test_sections():
    assert [title(section) for section in SECTIONS] == [*MODULES]
    rows = [line for line in PAGE.splitlines() if line.startswith("| `")]
    assert len(rows) == len(ROW.findall(PAGE)), "a row that is not run"
    for section in SECTIONS:
        for theirs, ours, _ in ROW.findall(section):
            assert re.match(PEER_PREFIX[title(section)], theirs) and "filter" in ours


@pytest.mark.parametrize("section", SECTIONS, ids=title)
def test_rows_and_examples(section):
    pytest.importorskip(MODULES[title(section)])
    assert run(START + section, {"agreement": agreement}) > len(ROW.findall(section)) >= 20


def test_every_name_is_there():
    """Of SciPy and scikit-image each that both have; of OpenCV the filters and borders that have a counterpart."""
    text = dict(zip(MODULES, SECTIONS, strict=True))
    ndimage = pytest.importorskip("scipy.ndimage")
    for name in filters.__all__:
        assert not hasattr(ndimage, name) or f"| `ndimage.{name}(" in text["scipy.ndimage"], name
    for name in ("gaussian", "scharr", "farid", "roberts", "difference_of_gaussians", "unsharp_mask", "median", "sobel",
                 "prewitt", "laplace"):  # fmt: skip
        assert f"| `skf.{name}(" in text["scikit-image"], name
    for name in ("filter2D", "sepFilter2D", "GaussianBlur", "blur", "boxFilter", "medianBlur", "Sobel", "Scharr",
                 "Laplacian", "erode", "dilate"):  # fmt: skip
        assert f"| `cv2.{name}(" in text["OpenCV"], name
    for name in ("REFLECT", "REFLECT_101", "REPLICATE", "CONSTANT", "WRAP"):
        assert f"cv2.BORDER_{name})" in text["OpenCV"], name


def test_agreements_are_told_apart():
    x = np.array([1, 2, 250], np.uint8)
    near, far = x + np.uint8(1), x - np.uint8(1)
    for promised in ("equal", "1 level", "rounding"):
        assert agreement(x, x.copy(), promised) == promised
        assert agreement(near, far, promised) == "2 level(s)"
        assert agreement(x, x.astype(float), promised) == "uint8 (3,) beside float64 (3,)"
        assert agreement(x, x[:2], promised) == "uint8 (3,) beside uint8 (2,)"
    assert agreement(x, near, "1 level") == "1 level" and agreement(x, near, "equal") == "1 level(s)"
    y = x.astype(np.float32)
    off = y * np.float32(1 + 2**-20)
    assert agreement(y, off, "rounding") == "rounding" and agreement(y, off, "equal").endswith(" eps")
    assert agreement(y, y + 1, "rounding").endswith(" eps") and agreement(y, y + np.nan, "rounding") == "nan eps"
    with pytest.raises(AssertionError, match="2 level"):
        run("| `x` | `x + x.dtype.type(2)` | 1 level |", {"agreement": agreement, "x": x})
