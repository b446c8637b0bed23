"""The Python blocks of the README run, one after another, and print what their comments say."""

import contextlib
import io
import pathlib
import re
import types

import pytest

import sigkit

ROOT = pathlib.Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```$", README, flags=re.MULTILINE | re.DOTALL)


def test_examples(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = {}
    assert len(BLOCKS) >= 4
    for block in BLOCKS:
        with contextlib.redirect_stdout(io.StringIO()) as out:
            exec(compile(block, "README.md", "exec"), names)
        assert out.getvalue().splitlines() == re.findall(r"^print\(.*\)  # (.*)$", block, flags=re.MULTILINE)
    assert (tmp_path / "matches.png").stat().st_size > 10_000


def test_every_public_module_has_an_example():
    modules = {name for name in sigkit.__all__ if isinstance(getattr(sigkit, name), types.ModuleType)}
    for name in modules - {"cli", "demo"}:
        assert f"`sigkit.{name}`:" in README


def test_benchmark_table_has_its_place():
    assert re.search("<!-- benchmark table: begin -->.*<!-- benchmark table: end -->", README, flags=re.DOTALL)


NAMED = re.findall(r"`((?:benchmarks|csrc|docs|examples|sigkit|tests)/[\w./]+)`", README)


@pytest.mark.parametrize("name", sorted(set(NAMED)))
def test_files_named_exist(name):
    assert (ROOT / name).is_file()
