"""pytest-benchmark: a group for each row, a test for each of its contenders.

    pytest benchmarks                            # times, compared within a group
    pytest benchmarks --benchmark-disable        # one call each: smoke

pytest-benchmark times one contender after the other; the official ratios come interleaved from report.py.
"""

import functools

import pytest
import rows

prepared = functools.lru_cache(maxsize=1)(lambda name: rows.prepare(rows.ROWS[name]))


def pytest_generate_tests(metafunc):
    if "contender" in metafunc.fixturenames:
        pairs = rows.contenders(metafunc.module.__name__)
        metafunc.parametrize("contender", pairs, indirect=True, ids=[f"{name}-{label}" for name, label in pairs])


@pytest.fixture
def contender(request, benchmark):
    """The call of one contender of one row, its result checked."""
    name, label = request.param
    calls, missing = prepared(name)
    if label in missing:
        pytest.skip(missing[label])
    benchmark.group = name
    return calls[label]
