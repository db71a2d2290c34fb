"""Imports go one way: what measures a model knows nothing of how models are made."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = "facedebias"
MAKING_MODELS = {
    f"{PACKAGE}.{name}" for name in ("models", "training", "sampling", "distribution", "mitigation")
}


def module_name(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path): path for path in sorted(ROOT.joinpath(PACKAGE).rglob("*.py"))}


def imported_modules(path):
    """Modules of this package that a file names in an import, wherever in the file."""
    names = set()
    tree = ast.parse(path.read_text())
    if path == MODULES[PACKAGE]:
        # The package names what it offers for type checkers, and imports it when it is asked for.
        tree.body = [node for node in tree.body if not isinstance(node, ast.If)]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path}: relative import"
            # "from facedebias import x" names a module by x, "from facedebias.x import y" by x.
            members = {f"{node.module}.{alias.name}" for alias in node.names}
            names |= (members & set(MODULES)) or {node.module}
    return {name for name in names if name.split(".")[0] == PACKAGE}


def reachable(module):
    """Everything that importing a module may import, directly or not."""
    found, waiting = set(), [module]
    while waiting:
        for name in imported_modules(MODULES[waiting.pop()]) - found:
            found.add(name)
            waiting.append(name)
    return found


MEASURING = tuple(f"{PACKAGE}.{name}" for name in ("scoring", "detection", "auditing", "report"))
AUDITING = [name for name in MODULES if name.startswith(MEASURING)]
AUDITING += [f"{PACKAGE}.cli.{name}" for name in ("evaluate", "detect", "thresholds")]


@pytest.mark.parametrize("module", AUDITING)
def test_auditing_knows_nothing_of_making_models(module):
    forbidden = {
        name for name in reachable(module) if any(f"{name}.".startswith(f"{m}.") for m in MAKING_MODELS)
    }
    assert not forbidden


# From the ground up: what stands in a line may import what stands in lines above it, and its own.
FLOORS = (
    ("errors", "text", "machine", "lazy", "streams"),
    ("extras", "randomness", "configuration"),
    ("reading", "spreadsheet", "distribution"),
    ("safekeeping",),
    ("provenance",),
    ("sampling",),
    ("data",),
    ("models", "scoring"),
    ("training", "detection", "exporting"),
    ("auditing",),
    ("report",),
    ("mitigation",),
    ("api",),
    ("cli",),
    ("prepare", "compare", "detect", "__main__"),
)
FLOOR_OF = {f"{PACKAGE}.{name}": number for number, names in enumerate(FLOORS) for name in names}


@pytest.mark.parametrize("module", [name for name in MODULES if name != PACKAGE])
def test_imports_go_down(module):
    own = part_of(module)
    others = {part_of(name) for name in imported_modules(MODULES[module]) if name != PACKAGE} - {own}
    above = {name for name in others if FLOOR_OF[name] >= FLOOR_OF[own]}
    assert not above, f"{module} imports {above}"


def test_folders_of_the_audit_do_not_need_each_other_in_a_circle():
    needs = {}
    for module, path in MODULES.items():
        if (own := room_of(module)) is not None:
            found = {room_of(name) for name in imported_modules(path)}
            needs.setdefault(own, set()).update(found - {None, own})
    assert_no_circle(needs)


def room_of(module):
    """The folder inside `auditing` that a module lies in; None for others."""
    parts = module.split(".")
    return ".".join(parts[:3]) if parts[1:2] == ["auditing"] and len(parts) > 3 else None


def test_the_forbidden_modules_exist():
    # A renamed module would make the tests above pass for nothing.
    assert set(MODULES) >= MAKING_MODELS


def part_of(module):
    """The package or module right below facedebias that a module belongs to."""
    return ".".join(module.split(".")[:2])


@pytest.mark.parametrize("folder", [PACKAGE, "tests"])
def test_the_product_and_its_tests_know_nothing_of_studies(folder):
    for path in ROOT.joinpath(folder).rglob("*.py"):
        assert "studies" not in names_imported(path), path


def names_imported(path):
    """First parts of the names of modules that a file imports."""
    nodes = list(ast.walk(ast.parse(path.read_text())))
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module}
    return {name.split(".")[0] for name in names}


def test_no_two_modules_need_each_other():
    assert_no_circle({module: imported_modules(path) - {module} for module, path in MODULES.items()})


def assert_no_circle(needs):
    """`needs` is name -> names that it needs."""
    while needs:
        free = [part for part, others in needs.items() if not (others - {part}) & set(needs)]
        assert free, f"these go round in a circle: {needs}"
        for part in free:
            del needs[part]


def test_no_two_modules_have_one_name():
    names = [path.stem for path in MODULES.values() if path.stem != "__init__"]
    # `python -m facedebias.prepare` and `facedebias prepare` are the same command.
    entries = {"prepare", "compare", "detect"}
    assert sorted(names) == sorted([*set(names), *entries])
