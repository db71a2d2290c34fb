"""Imports go one way: what measures a model knows nothing of how models are made."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = "facedebias"
MAKING_MODELS = {
    f"{PACKAGE}.{name}"
    for name in (
        "models",
        "training",
        "trainer",
        "sampling",
        "losses",
        "export",
        "inside",
        "validation",
        "augmentation",
    )
}


def module_name(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path): path for path in sorted(ROOT.joinpath(PACKAGE).rglob("*.py"))}
MODULES["evaluate"] = ROOT / "evaluate.py"


def imported_modules(path):
    """Modules of this package that a file names in an import, wherever in the file."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
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


MEASURING = tuple(f"{PACKAGE}.{name}" for name in ("audit", "report", "windows", "detection", "detect"))
AUDITING = [name for name in MODULES if name.startswith(MEASURING)]


@pytest.mark.parametrize("module", ["evaluate", *AUDITING])
def test_auditing_knows_nothing_of_making_models(module):
    forbidden = {
        name for name in reachable(module) if any(f"{name}.".startswith(f"{m}.") for m in MAKING_MODELS)
    }
    assert not forbidden


@pytest.mark.parametrize("module", [name for name in AUDITING if name.startswith(f"{PACKAGE}.audit")])
def test_audit_does_not_report(module):
    assert not [name for name in reachable(module) if name.startswith(f"{PACKAGE}.report")]


@pytest.mark.parametrize("module", ["errors", "text", "data.modes", "data.records"])
def test_bottom_imports_nothing_but_the_bottom(module):
    assert imported_modules(MODULES[f"{PACKAGE}.{module}"]) <= {
        f"{PACKAGE}.errors",
        f"{PACKAGE}.data.modes",
        f"{PACKAGE}.data.records",
    }


def test_the_forbidden_modules_exist():
    # A renamed module would make the tests above pass for nothing.
    assert set(MODULES) >= MAKING_MODELS


def part_of(module):
    """The package or module right below facedebias that a module belongs to."""
    return ".".join(module.split(".")[:2])


def test_no_two_parts_of_the_package_need_each_other():
    needs = {}
    for module, path in MODULES.items():
        needs.setdefault(part_of(module), set()).update(
            part_of(name) for name in imported_modules(path) if name != PACKAGE
        )
    while needs:
        free = [part for part, others in needs.items() if not (others - {part}) & set(needs)]
        assert free, f"these go round in a circle: {needs}"
        for part in free:
            del needs[part]
