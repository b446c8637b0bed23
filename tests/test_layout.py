"""The rules of the house: which file may import which, what every public function has, how large a file may grow."""

import ast
import doctest
import importlib
import inspect
import pathlib
import re
import subprocess
import sys
import types

import cases
import pytest

import sigkit

ROOT = pathlib.Path(__file__).resolve().parent.parent
PACKAGE = pathlib.Path(sigkit.__file__).resolve().parent

# Public modules may import these public modules, and every private one.
SIDEWAYS = {
    "features": {"spectral"},
    "pearson": {"correlation"},
    "multirate": {"correlation"},
    "filters": {"filter_design"},
    "impairments": {"multirate"},
    "modulation": {"impairments", "iq", "multirate"},
    "recordings": {"iq"},
    "network_input": {"spectral", "multirate"},
}
ANYTHING = {"__init__", "__main__", "chunked", "cli", "demo", "plot"}
TOP_LEVEL = {"correlation", "multirate", "pearson", "spectral", "features", "iq"}
NO_ARRAY_RESULT = {"cli", "demo", "plot"}  # a figure, a command: no row in cases.py
NO_ROW = NO_ARRAY_RESULT | {"recordings"}  # nor has a file

MODULES = sorted(p.stem for p in PACKAGE.glob("*.py"))
ANYTHING |= {name for name in MODULES if name.startswith("_command_")}  # of the command line: above everything
PUBLIC_MODULES = [name for name in MODULES if not name.startswith("_")]


def module(name):
    return importlib.import_module(f"sigkit.{name}")


PUBLIC = [(m, n) for m in PUBLIC_MODULES for n in getattr(module(m), "__all__", ())]
FUNCTIONS = [(m, n) for m, n in PUBLIC if inspect.isfunction(getattr(module(m), n))]
# What stands at the top level without being in a public module: set_workers and its like.
OTHERS = [("", n) for n in sorted(set(sigkit.__all__) - {n for _, n in PUBLIC}) if callable(getattr(sigkit, n))]
every_function = pytest.mark.parametrize("owner, name", FUNCTIONS + OTHERS, ids=lambda value: value or "sigkit")


def resolve(owner, name):
    return getattr(module(owner) if owner else sigkit, name)


# -------------------------------------------------------------------------------------------------------- floors


def imported(path):
    """Every dotted name that a Python file imports, wherever in it, with the names taken from it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = "sigkit" * bool(node.level) + "." * bool(node.level and node.module) + (node.module or "")
            yield from (f"{base}.{alias.name}" for alias in node.names)


def siblings(path):
    """Modules of the package that a file imports, by their short name; the package itself is ''."""
    known = {*MODULES, "_core"}
    for name in imported(path):
        if name.split(".")[0] == "sigkit":
            parts = name.split(".")[1:2]
            yield parts[0] if parts and parts[0] in known else ""


@pytest.mark.parametrize("name", [name for name in MODULES if name not in ANYTHING])
def test_imports_point_downwards(name):
    below = {"_core"} | {m for m in MODULES if m.startswith("_") and m not in ANYTHING}
    if not name.startswith("_"):
        below |= SIDEWAYS.get(name, set())
    assert set(siblings(PACKAGE / f"{name}.py")) <= below - {name}


def test_the_crossing_imports_nothing_of_the_package():
    text = (ROOT / "sigkit" / "_core.pyx").read_text(encoding="utf-8")
    assert not re.findall(r"^\s*(?:from|c?import)\s+(?:sigkit|\.)[^\n]*", text, flags=re.M)


def test_private_modules_do_not_import_each_other_in_a_circle():
    private = [name for name in MODULES if name.startswith("_") and name not in ANYTHING]
    needs = {name: set(siblings(PACKAGE / f"{name}.py")) - {"_core"} for name in private}
    while needs:
        free = {name for name, others in needs.items() if not others & needs.keys()}
        assert free, f"a circle among {sorted(needs)}"
        needs = {name: others for name, others in needs.items() if name not in free}


def test_the_package_module_imports_nothing_itself():
    tree = ast.parse((PACKAGE / "__init__.py").read_text(encoding="utf-8"))
    at_import = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    names = {alias.name for node in at_import for alias in node.names}
    assert not names & {*PUBLIC_MODULES, "scipy"}, "re-exports are lazy"


def test_only_one_file_names_an_fft():
    backends = "scipy.fft", "numpy.fft"
    for name in MODULES:
        named = [n for n in imported(PACKAGE / f"{name}.py") if n.startswith(backends)]
        assert not named or name == "_fft", f"{name} imports {named}"


def test_oracles_import_numpy_alone():
    files = {path.stem: path for path in (ROOT / "tests").glob("reference*.py")}
    for path in files.values():
        assert {name.split(".")[0] for name in imported(path)} <= {"numpy", *files}


CSRC = ROOT / "csrc"
C_FILES = sorted(p for p in CSRC.rglob("*") if p.suffix in {".c", ".h", ".inc", ".def"})


def code_of(path):
    """C without its comments."""
    return re.sub(r"/\*.*?\*/|//[^\n]*", "", path.read_text(encoding="utf-8"), flags=re.S)


def test_floors_of_the_c_sources():
    assert C_FILES
    faults = []
    for path in C_FILES:
        where, text = path.relative_to(CSRC), code_of(path)
        if re.search(r"\bPython\.h|\bPy[A-Z]\w+\(", text):
            faults.append(f"{where} knows Python")
        if re.search(r"\bomp\.h|omp\s+parallel|\bomp_\w+\(", text) and where.parts[0] != "drivers":
            faults.append(f"{where} uses OpenMP's threads")
        if re.search(r"cpuid|xgetbv|__builtin_cpu", text) and where.name != "dispatch.c":
            faults.append(f"{where} asks for the CPU")
        if re.search(r"\b(m|c|re)alloc\s*\(|aligned_alloc|posix_memalign", text) and "sk_alloc" not in text:
            faults.append(f"{where} allocates past sk_alloc")
        if re.search(r"omp_set_num_threads|reduction\s*\(\s*\+[^)]*\)[^\n]*parallel|parallel[^\n]*reduction", text):
            faults.append(f"{where} makes results or settings depend on the team")
    assert not faults


# --------------------------------------------------------------------------------------------------- every file


def sources():
    """Text files under version control, or all of them where git cannot say."""
    done = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True)
    if done.returncode == 0:
        paths = [ROOT / line for line in done.stdout.splitlines()]
    else:
        folders = "sigkit", "csrc", "docs", "examples", "tests", "benchmarks", "tools"
        paths = [p for folder in folders for p in (ROOT / folder).rglob("*")]
    suffixes = {".py", ".pyx", ".pyi", ".pxd", ".c", ".h", ".inc", ".def", ".md", ".toml", ".sh", ""}
    return [p for p in paths if p.is_file() and p.suffix in suffixes]


def test_no_file_over_600_lines():
    long = {}
    for path in sources():
        text = path.read_text(encoding="utf-8", errors="replace")
        if text.startswith("/* Generated by Cython"):
            continue
        if (lines := text.count("\n")) > 600:
            long[str(path.relative_to(ROOT))] = lines
    assert not long


def test_nothing_left_to_do():
    here = pathlib.Path(__file__).resolve()
    marker = re.compile(r"\b(TODO|FIXME|XXX)\b")
    left = [str(p.relative_to(ROOT)) for p in sources() if p != here and marker.search(p.read_text(errors="replace"))]
    assert not left


# --------------------------------------------------------------------------------------------- public functions


@pytest.mark.parametrize("name", PUBLIC_MODULES)
def test_module_lists_its_public_names(name):
    owner = module(name)
    assert owner.__doc__
    own = [
        attribute
        for attribute, value in vars(owner).items()
        if not attribute.startswith("_") and getattr(value, "__module__", None) == owner.__name__
        and isinstance(value, types.FunctionType | type)
    ]
    if name in NO_ARRAY_RESULT and not hasattr(owner, "__all__"):
        return  # a command, not an interface
    assert sorted(owner.__all__) == sorted(set(owner.__all__)), "a name listed twice, or out of order"
    missing = [n for n in own if n not in owner.__all__]
    assert not missing, f"public by name, not listed in __all__: {missing}"


@pytest.mark.parametrize("name", sorted(TOP_LEVEL & set(PUBLIC_MODULES)))
def test_top_level_re_exports(name):
    for attribute in (n for m, n in FUNCTIONS if m == name):
        assert getattr(sigkit, attribute) is getattr(module(name), attribute)
        assert attribute in sigkit.__all__ and attribute in dir(sigkit)


def section(text, title):
    """The body of a numpydoc section; '' where there is none."""
    found = re.search(rf"^{title}\n-{{{len(title)}}}\n(.*?)(?=^\S[^\n]*\n-{{3,}}\n|\Z)", text, flags=re.S | re.M)
    return found.group(1) if found else ""


def documented_parameters(text):
    names = []
    for line in section(text, "Parameters").splitlines():
        if re.match(r"\S", line):
            names += [n.strip().lstrip("*") for n in line.split(" : ")[0].split(",")]
    return names


@every_function
def test_docstring_matches_the_signature(owner, name):
    function = resolve(owner, name)
    text = inspect.getdoc(function)
    assert text, "no docstring"
    assert documented_parameters(text) == list(inspect.signature(function).parameters)
    for line in section(text, "Parameters").splitlines():
        assert not re.match(r"\S", line) or " : " in line, f"no type: {line}"


@every_function
def test_docstring_has_its_sections(owner, name):
    text = inspect.getdoc(resolve(owner, name))
    assert section(text, "Examples") and ">>>" in section(text, "Examples")
    if owner and owner not in NO_ARRAY_RESULT:
        for title in ("Returns", "Raises", "See Also", "Notes"):
            assert section(text, title), f"no section {title}"
        assert re.search(r"[Cc]ounterpart", text), "names no counterpart, nor that there is none"


@pytest.mark.parametrize("name", ["", *MODULES])
def test_doctests(name):
    if name == "__main__":
        assert ">>>" not in (PACKAGE / "__main__.py").read_text()  # importing it would run the command
        return
    owner = module(name) if name else sigkit
    outcome = doctest.testmod(owner, optionflags=doctest.NORMALIZE_WHITESPACE)
    assert not outcome.failed


@pytest.mark.parametrize("owner, name", [(m, n) for m, n in FUNCTIONS if m not in NO_ROW])
def test_every_function_has_a_row(owner, name):
    assert any((case.module, case.function_name) == (owner, name) for case in cases.CASES)


def test_rows_name_public_functions_once():
    names = [case.name for case in cases.CASES]
    assert len(names) == len(set(names))
    for case in cases.CASES:
        assert (case.module, case.function_name) in FUNCTIONS, case.name
        assert callable(case.oracle)
        assert case.out == ("out" in inspect.signature(case.function).parameters), f"{case.name}: out="


def test_benchmarks_of_the_rows_exist():
    code = f"import sys; sys.path.insert(0, {str(ROOT / 'benchmarks')!r}); import rows; print(*rows.names())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    existing, named = set(done.stdout.split()), {group for case in cases.CASES for group in case.bench}
    assert named <= existing, f"no such group: {named - existing}"
    assert existing <= named, f"no row of cases.py is measured by: {existing - named}"
