"""What scikit-image's filters return for small images of every dtype: writes filters.npz beside this file.

    pip install scikit-image==0.26.0
    PYTHONPATH=tests python tests/vectors/make_filters.py

tests/test_filters.py names the calls and reads the file.
"""

import ast
import pathlib
import warnings

import numpy as np
from skimage import filters

warnings.simplefilter("ignore")
HERE = pathlib.Path(__file__).parent
DTYPES = ("float32", "float64", "float16", "uint8", "int8", "uint16", "int32", "bool")
SHAPE = 9, 11


def calls():
    """`scikit_image_calls` of test_filters.py, without what else that file imports."""
    tree = ast.parse((HERE.parent / "test_filters.py").read_text(encoding="utf-8"))
    tree.body = [node for node in tree.body if getattr(node, "name", "") == "scikit_image_calls"]
    names = {}
    exec(compile(tree, "test_filters.py", "exec"), names)
    return names["scikit_image_calls"]()


def image(rng, dtype):
    if dtype.startswith("float"):
        return rng.standard_normal(SHAPE).astype(dtype)
    if dtype == "bool":
        return rng.random(SHAPE) < 0.5
    limits = np.iinfo(dtype)
    x = rng.integers(limits.min, limits.max, SHAPE, dtype, endpoint=True)
    x[3, 4] = limits.min
    return x


def main():
    rng = np.random.default_rng(0)
    found = {"mask": rng.random(SHAPE) < 0.95}
    for dtype in DTYPES:
        found[f"{dtype} image"] = x = image(rng, dtype)
        found |= {f"{dtype} {label}": call(filters, x, found["mask"]) for label, call in calls().items()}
    np.savez_compressed(HERE / "filters.npz", **found)


if __name__ == "__main__":
    main()
