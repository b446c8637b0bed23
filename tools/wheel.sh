#!/usr/bin/env bash
# sdist -> wheel -> auditwheel -> a clean virtual environment of each Python named (default: the one in use) -> a first call.
# Built under the worst CFLAGS a user's shell may hold, so that it also shows that setup.py drops them. Needs the `dev` extra.
#   tools/wheel.sh [python3.12 python3.13 ...]
set -euo pipefail
python=$(command -v "${PYTHON:-python}")
root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
say() { echo "wheel: $*"; }
die() { say "$*"; exit 1; }

cd "$root"
CFLAGS="-Ofast -ffast-math -march=native" "$python" -W always -m build --outdir "$work" . > "$work/build.log" 2>&1 ||
    { cat "$work/build.log"; die "no build"; }
grep -q "left out: it changes floating-point results" "$work/build.log" || die "the hostile CFLAGS were taken in silence"
wheel=$(echo "$work"/*.whl)
[[ $(basename "$wheel") == sigkit_dsp-*-cp311-abi3-*.whl ]] || die "not a cp311-abi3 wheel: $(basename "$wheel")"
"$python" -m zipfile -l "$wheel" | awk 'NR > 1 {print $1}' > "$work/held"
grep -vE '^sigkit/[^/]+\.(py|pyi|so|typed)$|\.dist-info/' "$work/held" && die "the wheel holds these beside the package"
grep -q '^sigkit/py.typed$' "$work/held" && grep -q 'licenses/LICENSE$' "$work/held" || die "no py.typed or no LICENSE"
if git rev-parse --git-dir > /dev/null 2>&1; then
    tar -tzf "$work"/*.tar.gz | sed 's#^[^/]*/##' | sort > "$work/sdist"
    git ls-files -co --exclude-standard -- benchmarks csrc docs examples sigkit tests tools | sort | comm -23 - "$work/sdist" > "$work/missing"
    [[ ! -s $work/missing ]] || { cat "$work/missing"; die "the sdist lacks these"; }
fi

"$python" -m abi3audit --strict "$wheel" || die "uses more than the limited API"
"$python" -m auditwheel repair --wheel-dir "$work/repaired" "$wheel" > "$work/repair.log" 2>&1 ||
    { cat "$work/repair.log"; die "auditwheel cannot repair it"; }
repaired=$(echo "$work"/repaired/*.whl)
libraries=$("$python" -m zipfile -l "$repaired" | grep -oE '[^/ ]*\.libs/[^ ]+' | xargs || true)
if [[ $libraries == *libgomp* ]]; then # its licence must come along
    "$python" -m zipfile -l "$repaired" | grep -q 'licenses/LICENSE.libgomp' || die "bundles libgomp without LICENSE.libgomp"
fi
say "$(basename "$repaired"), $(($(stat -c %s "$repaired") / 1024)) KiB, with $libraries"

for target in "${@:-$python}"; do
    rm -rf "$work/venv"
    "$target" -m venv "$work/venv"
    "$work/venv/bin/pip" install --quiet "$repaired"
    (cd "$work" && "$work/venv/bin/python" "$root/tools/smoke.py")
done
# The gates of tests/test_build.py on this wheel; -P keeps the checkout's own sigkit out of the way.
"$python" -m zipfile -e "$repaired" "$work/unpacked"
PYTHONPATH=$work/unpacked "$python" -P -m pytest -q -p no:cacheprovider tests/test_build.py
