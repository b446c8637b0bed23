"""Build of the one extension: the table of instruction sets, OpenMP detection, and nothing else."""

import os
import platform
import subprocess
import sysconfig
import tempfile
import warnings
from concurrent.futures import ThreadPoolExecutor
from glob import glob

from Cython.Build import cythonize
from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

# csrc/isa/<name>.c holds the same kernels, compiled with these flags.
ISA_FLAGS = {
    "x86_64": {
        "baseline": ["-msse4.2", "-mpopcnt"],
        "avx2": ["-mavx2", "-mfma"],
        "avx512": ["-mavx512f", "-mavx512vl", "-mavx512dq", "-mavx512bw", "-mfma", "-mprefer-vector-width=512"],
    },
    "aarch64": {"baseline": []},
}
FLAGS = [
    "-std=gnu11",  # c11 would silently switch off fused multiply-adds
    "-O2",  # gcc's -O3 carries loads across turns of the register tiles and spills accumulators for them
    "-ftree-vectorize",
    "-ffp-contract=off",  # what is fused is written down
    "-fno-math-errno",
    "-fno-trapping-math",
    "-fopenmp-simd",
    "-fvisibility=hidden",
]
# These change what floating point means, at link time even for the whole interpreter, or tie the build to one CPU.
REFUSED = (
    "-ffast-math", "-Ofast", "-funsafe-math-optimizations", "-fassociative-math", "-ffinite-math-only",
    "-freciprocal-math", "-fno-signed-zeros", "-fno-honor-nans", "-fno-honor-infinities", "-fapprox-func",
    "-ffp-model=fast", "-mdaz-ftz", "-march=native", "-mcpu=native", "-mtune=native",
)  # fmt: skip
OPENMP_PROGRAM = """
#include <omp.h>
int main(void) {
    int n = 0;
#pragma omp parallel num_threads(2)
#pragma omp atomic
    n++;
    return n < 1;
}
"""


def machine():
    name = platform.machine().lower()
    return {"amd64": "x86_64", "arm64": "aarch64"}.get(name, name)


def strip_refused_flags():
    for variable in ("CFLAGS", "LDFLAGS", "CPPFLAGS"):
        words = os.environ.get(variable, "").split()
        refused = [word for word in words if word in REFUSED]
        if refused:
            warnings.warn(f"{variable}: {' '.join(refused)} left out: it changes floating-point results", stacklevel=2)
            os.environ[variable] = " ".join(word for word in words if word not in REFUSED)


def openmp_flags(compiler):
    """The flags with which a parallel program compiles and runs, or none."""
    if os.environ.get("SIGKIT_OPENMP") == "0":
        return []
    with tempfile.TemporaryDirectory() as folder:
        source, program = os.path.join(folder, "probe.c"), os.path.join(folder, "probe")
        with open(source, "w") as file:
            file.write(OPENMP_PROGRAM)
        command = [*compiler, "-fopenmp", source, "-o", program]
        try:
            subprocess.run(command, check=True, capture_output=True)
            subprocess.run([program], check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError):
            warnings.warn("no OpenMP: sigkit will run on one thread", stacklevel=2)
            return []
    return ["-fopenmp"]


class BuildExtension(build_ext):
    def build_extension(self, extension):
        openmp = openmp_flags([word for word in self.compiler.compiler_so if word not in ("-c", "-shared")])
        sanitized = os.environ.get("SIGKIT_SANITIZE")  # the ISA whose kernels will run: see tools/asan.sh
        # Python's own flags have -g, which costs a third of the time and nine tenths of the extension's size.
        debug = [] if "-g" in os.environ.get("CFLAGS", "").split() else ["-g0"]
        sanitizers = ["-O1", "-g1", "-fno-omit-frame-pointer", "-fsanitize=address,undefined"]

        isas = ISA_FLAGS.get(machine(), {"baseline": []})
        kernels = {f"csrc/isa/{name}.c": isas[name] for name in reversed(isas)}  # the wider, the longer it takes

        def objects_of(source, flags):
            idle = source in kernels and source != f"csrc/isa/{sanitized}.c"
            extra = debug if not sanitized else ["-O1", "-g0"] if idle else sanitizers
            return self.compiler.compile(
                [source],
                output_dir=self.build_temp,
                macros=extension.define_macros,
                include_dirs=extension.include_dirs,
                extra_postargs=FLAGS + flags + extra,
                depends=extension.depends,
            )

        # All but the kernels is compiled for any CPU: it finds out what this one can run, and says so.
        flags = kernels | dict.fromkeys(extension.sources, openmp)
        with ThreadPoolExecutor(os.cpu_count()) as pool:  # a compiler for each CPU, begun with what takes longest
            objects = pool.map(objects_of, flags.keys(), flags.values())
            extension.extra_objects += [path for paths in objects for path in paths]
        extension.sources = []
        extension.extra_link_args = openmp + (["-fsanitize=address,undefined"] if sanitized else [])
        super().build_extension(extension)


strip_refused_flags()
# A free-threaded Python has no stable ABI yet.
LIMITED = not sysconfig.get_config_var("Py_GIL_DISABLED")
extension = Extension(
    "sigkit._core",
    sources=["sigkit/_core.pyx", "csrc/dispatch.c", *sorted(glob("csrc/drivers/*.c"))],
    include_dirs=["csrc"],
    depends=sorted(glob("csrc/*.*") + glob("csrc/kernels/*") + glob("csrc/drivers/*.h")),
    define_macros=[("Py_LIMITED_API", "0x030B0000")] if LIMITED else [],
    py_limited_api=LIMITED,
)
setup(
    ext_modules=cythonize([extension], compiler_directives={"language_level": "3"}),
    cmdclass={"build_ext": BuildExtension},
    options={"bdist_wheel": {"py_limited_api": "cp311"}} if LIMITED else {},
)
