"""Gates on the extension that is installed, read from the file itself with GNU binutils."""

import bisect
import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sigkit import _core

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads an ELF file with GNU binutils")

EXTENSION = Path(_core.__file__)
WIDE_FILES = {"avx2.c", "avx512.c"}  # the only sources that may hold instructions above x86-64-v2

# Of AVX and later every mnemonic starts with v, of AVX-512's mask instructions with k; the rest is listed: BMI, LZCNT
# and MOVBE (not TZCNT: GCC emits it anywhere, as an old CPU reads the same bytes as BSF). verr and verw are of 1982.
ABOVE_BASELINE = re.compile(
    r"(v(?!err\b|erw\b)\w+|k(add|and|andn|mov|not|or|ortest|shift[lr]|test|unpck\w\w|xnor|xor)[bwdq]|andn|bextr|blsi|"
    r"blsmsk|blsr|bzhi|lzcnt|movbe|mulx|pdep|pext|rorx|sarx|shlx|shrx)\b"
)


def binutils(tool: str, *arguments: str) -> list[str]:
    if shutil.which(tool) is None:
        pytest.skip(f"{tool} (binutils) is not installed")
    done = subprocess.run([tool, *arguments, str(EXTENSION)], check=True, capture_output=True, text=True)
    return done.stdout.splitlines()


def functions_by_address() -> list[tuple[int, str, str]]:
    """(address, source file, name), sorted. A local symbol is of the FILE symbol before it, global ones to none."""
    functions, source = [], ""
    for line in binutils("readelf", "--symbols", "--wide"):
        columns = line.split(maxsplit=7)
        if len(columns) < 7 or not columns[0].rstrip(":").isdigit():
            continue
        kind, binding, name = columns[3], columns[4], columns[7] if len(columns) > 7 else ""
        if kind == "FILE":
            source = name
        elif kind == "FUNC" and columns[6] != "UND":
            functions.append((int(columns[1], 16), source if binding == "LOCAL" else "", name))
    return sorted(functions)


def instructions_by_file() -> dict[str, list[str]]:
    functions = functions_by_address()
    starts = [address for address, _, _ in functions]
    found: dict[str, list[str]] = {}
    for line in binutils("objdump", "--disassemble", "--no-show-raw-insn"):
        match = re.match(r"\s*([0-9a-f]+):\t(.+)", line)
        if match:
            i = bisect.bisect_right(starts, int(match[1], 16)) - 1
            _, source, name = functions[i] if i >= 0 else (0, "", "")
            found.setdefault(source, []).append(f"{match[2]} (in {name})")
    return found


def test_the_extension_uses_the_limited_api():
    assert EXTENSION.name == "_core.abi3.so"


def test_one_exported_symbol():
    """Anything else could collide with another library in the process."""
    exported = [line.split()[-1] for line in binutils("nm", "--dynamic", "--defined-only", "--extern-only")]
    assert exported == ["PyInit__core"]


def test_nothing_changes_the_floating_point_mode_or_the_openmp_settings():
    """GCC links `set_fast_math` into a library built with -ffast-math: it flushes denormals for the whole process."""
    symbols = {line.split()[-1] for line in binutils("nm", "--debug-syms")}
    assert "PyInit__core" in symbols
    assert not symbols & {"set_fast_math", "omp_set_num_threads", "omp_set_dynamic", "fesetenv", "fesetround"}


@pytest.mark.skipif(platform.machine() != "x86_64", reason="the only ISA of this machine is its baseline")
def test_wide_instructions_stay_in_their_own_files():
    """One AVX instruction outside would end the process, on a CPU without it, before any check could refuse."""
    found = instructions_by_file()
    assert {"baseline.c"} | WIDE_FILES <= found.keys(), "stripped, or a source that is not linked"
    wide = {source: [i for i in code if ABOVE_BASELINE.match(i)] for source, code in found.items()}
    for source in found.keys() - WIDE_FILES:
        assert not wide[source], f"{source or 'a global function'}: {wide[source][:5]}"
    # The same reading must see what is there, or the lines above prove nothing.
    assert any("%ymm" in i for i in wide["avx2.c"]) and any("%zmm" in i for i in wide["avx512.c"])
    assert not any(re.search(r"%zmm|%k[0-7]", i) for i in found["avx2.c"])
