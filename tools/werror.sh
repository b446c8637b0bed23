#!/usr/bin/env bash
# Our C (not what Cython writes) compiled with warnings as errors, for every ISA, by gcc and by clang.
# The compiler is called through setup.py, so each file gets the flags it is shipped with. Needs the `dev` extra.
# clang's "loop not vectorized" (pass-failed) is news about speed that differs by release: not an error.
set -euo pipefail
python=$(command -v "${PYTHON:-python}")
root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cat > "$work/cc" <<'WRAPPER'
#!/usr/bin/env bash
for argument in "$@"; do
    if [[ $argument == csrc/*.c || $argument == */csrc/*.c ]]; then
        echo "$argument" >> "$STRICT_LOG"
        set -- "$@" -Wall -Wextra -Wconversion -Wsign-conversion -Wshadow -Wundef -Wvla -Wpointer-arith \
            -Wstrict-prototypes -Wmissing-prototypes -Werror
        [[ $STRICT_CC != clang ]] || set -- "$@" -Wno-pass-failed -O0 # its warnings do not wait for the optimiser
        break
    fi
done
exec "$STRICT_CC" "$@"
WRAPPER
chmod +x "$work/cc"

mkdir "$work/tree"
tar -C "$root" -cf - csrc sigkit setup.py pyproject.toml README.md LICENSE* | tar -C "$work/tree" -xf -
cd "$work/tree"
for STRICT_CC in gcc clang; do
    export STRICT_CC STRICT_LOG=$work/$STRICT_CC.log
    CC=$work/cc "$python" setup.py --quiet build_ext --force --build-temp "$work/temp" --build-lib "$work/lib" \
        > "$work/build.log" 2>&1 || { cat "$work/build.log"; exit 1; }
    # Every file that is not included by another one must have come by.
    diff <(find csrc -name '*.c' ! -name '*.tmpl.c' ! -name kernels.c | sort) \
        <(sed 's#.*csrc/#csrc/#' "$STRICT_LOG" | sort -u) || { echo "werror: $STRICT_CC was not given these"; exit 1; }
    echo "werror: $STRICT_CC has nothing to say about $(sort -u "$STRICT_LOG" | wc -l) files"
done
