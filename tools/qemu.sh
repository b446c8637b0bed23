#!/usr/bin/env bash
# tools/smoke.py on emulated CPUs: without AVX (Nehalem), with AVX2 (Haswell), and below what sigkit needs (core2duo).
# An instruction used without asking the CPU first ends in "Illegal instruction". Needs Debian's qemu-user.
set -euo pipefail
python=$("${PYTHON:-python}" -c 'import sys; print(sys.executable)') # a binary: the emulator takes no script
smoke=$(dirname "$0")/smoke.py
export OPENBLAS_NUM_THREADS=1
emulate() { timeout 600 qemu-x86_64 -cpu "$1" "$python" "${@:2}"; }

emulate Nehalem "$smoke" baseline
emulate Haswell "$smoke" avx2 2> >(grep -v 'TCG doesn.t support requested feature' >&2)
# SIGKIT_ISA is a cap: asking for more than the CPU has must not give it.
SIGKIT_ISA=avx512 emulate Nehalem "$smoke" baseline
# Without NumPy, which itself stops on such a CPU: the extension must say what is missing.
message=$(emulate core2duo -c 'import sigkit._core' 2>&1) || true
grep '^ImportError' <<< "$message" || { echo "$message"; echo "qemu: no ImportError on a CPU below the baseline"; exit 1; }
