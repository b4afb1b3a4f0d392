"""No file of the program escapes the linter, the import contract and the types."""

import ast
import subprocess
import sys
from configparser import ConfigParser

import grimp
import pytest

from tests.tracked_files import ROOT, packages, tracked

PROGRAM = "run.py"  # imported by nothing; import contracts know packages alone


def sources():
    return {name for name in tracked() if name.endswith(".py") and not name.startswith("tests/")}


@pytest.fixture(scope="module")
def setup_cfg():
    settings = ConfigParser()
    settings.read(ROOT / "setup.cfg", encoding="utf-8")
    return settings


@pytest.fixture(scope="module")
def imports(setup_cfg):
    """Of all source files, also those inside functions and for types alone."""
    return grimp.build_graph(*setup_cfg["importlinter"]["root_packages"].split(), cache_dir=None)


def test_no_files_import_each_other_in_a_circle(imports):
    left = {module: set(imports.find_modules_directly_imported_by(module)) for module in imports.modules}
    while ends := {module for module, imported in left.items() if not imported}:
        left = {module: imported - ends for module, imported in left.items() if imported}

    assert sorted(left) == []


def test_the_import_contract_sees_every_source_file(imports):
    files = {
        f"{module.replace('.', '/')}{ending}"
        for module in imports.modules
        for ending in (".py", "/__init__.py")
    }

    assert sources() - files == {PROGRAM}


def test_every_package_has_its_place_in_the_order_of_imports(setup_cfg):
    layers = setup_cfg["importlinter:contract:one-direction"]["layers"]
    placed = {name.strip("()") for name in layers.split() if name not in "|:"}

    assert packages() - {"tests"} - placed == set()


def test_the_order_flow_names_its_generator_and_never_makes_one():
    graph = grimp.build_graph(
        "simulator", include_external_packages=True, exclude_type_checking_imports=True, cache_dir=None
    )
    importers = graph.find_modules_that_directly_import("random")

    assert {name for name in importers if name.startswith("simulator.flow.")} == set()


def test_the_types_of_every_source_file_are_checked(setup_cfg):
    checked = {name.strip() for name in setup_cfg["mypy"]["files"].split(",")}

    assert {name.split("/")[0] for name in sources()} - checked == set()


def test_the_linter_reads_every_python_file():
    ruff = [sys.executable, "-m", "ruff", "check", "--show-files", "."]
    listed = subprocess.run(ruff, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    read = {line.removeprefix(f"{ROOT}/") for line in listed.splitlines()}

    assert {name for name in tracked() if name.endswith(".py")} - read == set()


RIDDLES = ("How", "Those", "What", "Which", "Who", "Whose")


def test_no_docstring_begins_with_a_riddle():
    """It says what the thing is, or does: a noun of the field, or a verb."""
    found = []
    for name in sorted(name for name in tracked() if name.endswith(".py")):
        for node in ast.walk(ast.parse((ROOT / name).read_text(encoding="utf-8"))):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                told = (ast.get_docstring(node) or "").split()
                if told and told[0] in RIDDLES:
                    found.append(f"{name}: {' '.join(told[:6])}")

    assert found == []


DECIDES = ("execution", "market_data", "replay", "settings", "strategies", "trading")
WITHOUT = ("flask", "msgpack", "thespian")


MOST_LINES, MOST_LINES_OF_A_FUNCTION = 300, 45
ONE_LOOP = {"kalshi_client/stream/changes.py: apply_changes"}  # a call for each change would cost a tenth


def test_a_file_is_read_at_once_and_a_function_is_seen_whole():
    long_files, long_functions = [], set()
    for name in sorted(sources()):
        text = (ROOT / name).read_text(encoding="utf-8")
        if len(text.splitlines()) > MOST_LINES:
            long_files.append(name)
        functions = (
            node
            for node in ast.walk(ast.parse(text))
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        )
        for node in functions:
            if node.end_lineno - node.lineno >= MOST_LINES_OF_A_FUNCTION:
                long_functions.add(f"{name}: {node.name}")

    assert long_files == []
    assert long_functions == ONE_LOOP


PROOFS = ("benchmarks", "verification")


@pytest.mark.parametrize("is_exchange", [True, False], ids=["in the exchange", "in the program"])
def test_the_name_of_a_public_class_means_one_thing(is_exchange):
    """The exchange is a world of its own, with its own orders, markets and trades."""
    homes = {}
    for name in sorted(sources()):
        package = name.split("/")[0]
        if package in PROOFS or (package == "simulator") != is_exchange:
            continue
        for node in ast.parse((ROOT / name).read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                homes.setdefault(node.name, []).append(name)

    assert {name: found for name, found in homes.items() if len(found) > 1} == {}


def test_every_module_that_decides_is_imported_without_actors_and_without_the_page():
    modules = sorted(
        name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        for name in sources()
        if name.split("/")[0] in DECIDES
    )
    program = f"""
import importlib, sys
for name in {modules!r}:
    importlib.import_module(name)
print([name for name in {WITHOUT!r} if name in sys.modules])
"""

    loaded = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert len(modules) > len(DECIDES)
    assert loaded.stdout.strip() == "[]"
