#!/usr/bin/env bash
# The test-suite under AddressSanitizer and UndefinedBehaviorSanitizer. Arguments go to pytest.
# Needs the `dev` extra in the Python in use (PYTHON=... chooses another), gcc and its sanitizer libraries. Kernels of one
# ISA run, the best of this CPU or the one of SIGKIT_ISA: only they take the sanitizers, which triple a build's time.
# The tree is built in a copy: a sanitized sigkit/_core must never stay in a checkout.
set -euo pipefail
python=$(command -v "${PYTHON:-python}")
root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# In a folder of the checkout's name, with the checkout's neighbours: tests look for recordings beside the checkout.
mkdir "$work/beside"
find "$(dirname "$root")" -mindepth 1 -maxdepth 1 ! -path "$root" -exec ln -s -t "$work/beside" {} +
tree=$work/beside/$(basename "$root")
mkdir "$tree"
tar -C "$root" --exclude=./.git --exclude=./build --exclude='*.so' --exclude=./.venv -cf - . | tar -C "$tree" -xf -
cd "$tree"
isa=$("$python" -c 'from sigkit import _core; print(_core.isa_active())')
echo "asan: building, kernels: $isa"
CC=gcc SIGKIT_SANITIZE=$isa "$python" setup.py --quiet build_ext --inplace > "$work/build.log" 2>&1 || { cat "$work/build.log"; exit 1; }

export PYTHONPATH=$tree PYTHONMALLOC=malloc
export ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1:strict_init_order=1:use_sigaltstack=0
export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
preload="$(gcc -print-file-name=libasan.so) $(gcc -print-file-name=libubsan.so)"

# The canary: an array that lies about its length makes a kernel read past it. If that is not caught, nothing would be.
LD_PRELOAD=$preload "$python" - > "$work/canary.log" 2>&1 <<'PYTHON' && { echo "asan: the canary was not caught"; exit 1; }
import numpy as np
import sigkit
lying = np.lib.stride_tricks.as_strided(np.zeros(100, np.float32), (4096,))
sigkit.sliding_dot_product(lying, np.ones(5, np.float32))
PYTHON
grep -q "ERROR: AddressSanitizer" "$work/canary.log" && grep -q "csrc/kernels/" "$work/canary.log" ||
    { cat "$work/canary.log"; echo "asan: the canary died of something else"; exit 1; }
nm -D sigkit/_core*.so > "$work/symbols"
grep -q __ubsan_handle "$work/symbols" || { echo "asan: built without UBSan"; exit 1; }
echo "asan: the canary was caught"

# -s: a report goes to the terminal at the moment of death, where pytest's capture would lose it. Left out is what would
# test the sanitizer itself: it holds freed memory back, and its allocator stays locked in a child forked meanwhile.
LD_PRELOAD=$preload "$python" -m pytest -s -p no:cacheprovider \
    --deselect tests/test_invariants.py::test_memory_stays_flat \
    --deselect tests/test_correlation.py::test_scratch_is_bounded \
    --deselect tests/test_network_input.py::test_scratch_is_bounded \
    --deselect tests/test_stft.py::test_scratch_is_bounded \
    --deselect tests/test_recordings_damaged.py::test_mutated_files \
    --deselect "tests/test_fork.py::test_child_computes[50 forks while another thread computes]" "$@"
