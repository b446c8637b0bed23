"""SciPy's own tests agree with sigkit but for the differences that sigkit documents."""

import pytest
from run import SUITES, Outcome, expected, problems, run, unsuitable


@pytest.mark.parametrize("suite", SUITES)
def test_scipy_suite(suite):
    if reason := unsuitable():
        pytest.skip(reason)
    outcome = run(suite)
    print(f"{suite}: {outcome.total()}")
    assert not problems(suite, outcome, expected(suite))


def test_the_list_cannot_hide_anything():
    outcome = Outcome({"T::good[a]", "T::good[b]"}, {"T::bad[a]": "why", "T::worse": "why not"}, set(), {}, "")
    entry = {"rule": "no such sentence", "documented": "sigkit.pearson", "tests": ["T::*[a]", "T::gone"]}
    assert problems("stats", outcome, [entry]) == [
        "undocumented: sigkit.pearson does not say 'no such sentence'",
        "stale: T::good[a] is listed and passes",
        "stale: T::gone does not exist",
        "unexpected failure: T::worse: why not",
        "never called: pearsonr",
    ]
