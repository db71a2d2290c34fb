"""What pyproject.toml declares is what is imported, pinned, licensed and cited."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
import yaml
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import facedebias

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS = PROJECT["optional-dependencies"]
RUNTIME = [Requirement(text) for text in PROJECT["dependencies"]]
# Imported by nothing of ours: the command `tensorboard` that a run's end names.
NOT_IMPORTED = {"tensorboard"}


def pinned(file):
    """Requirements of a file and of those that it includes."""
    found = []
    for line in (ROOT / file).read_text().splitlines():
        text = line.partition("#")[0].strip()
        if text.startswith("-r "):
            found += pinned(text.removeprefix("-r ").strip())
        elif text:
            found.append(Requirement(text))
    return found


@pytest.mark.parametrize(
    ("file", "extras"),
    [
        ("requirements.txt", []),
        ("requirements-dev.txt", ["dev", "docs", "onnx", "litert"]),
        ("requirements-benchmarks.txt", ["dev", "docs", "onnx", "litert", "benchmarks"]),
    ],
)
def test_requirements_pin_what_is_declared_and_nothing_else(file, extras):
    declared = RUNTIME + [Requirement(text) for extra in extras for text in EXTRAS[extra]]
    pins = {(canonicalize_name(pin.name), str(pin.marker)): pin for pin in pinned(file)}
    assert set(pins) == {(canonicalize_name(each.name), str(each.marker)) for each in declared}
    for each in declared:
        pin = pins[canonicalize_name(each.name), str(each.marker)]
        (exact,) = pin.specifier
        assert exact.operator == "==" and "*" not in exact.version, f"{pin} pins no version"
        assert each.specifier.contains(exact.version), f"{pin} does not fit {each}"


def test_the_lock_has_every_pin_and_a_hash_of_every_file():
    entries = re.split(r"\n(?=[a-z0-9])", (ROOT / "requirements.lock").read_text().strip())
    assert all("--hash=sha256:" in entry for entry in entries)
    locked = [Requirement(entry.partition(" \\\n")[0]) for entry in entries]
    versions = {(canonicalize_name(each.name), str(each.specifier)) for each in locked}
    assert {
        (canonicalize_name(pin.name), str(pin.specifier)) for pin in pinned("requirements-dev.txt")
    } <= versions


def test_every_extra_is_pinned_somewhere():
    assert set(EXTRAS) == {"dev", "docs", "onnx", "litert", "benchmarks"}


def third_party(folder):
    """Top-level modules that files below a folder import, without Python's own and ours."""
    names = set()
    for path in (ROOT / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                names |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                names.add(node.module.split(".")[0])
    return names - set(sys.stdlib_module_names) - {"facedebias"}


def test_what_the_package_imports_is_declared_and_what_is_declared_is_imported():
    distributions = packages_distributions()
    declared = {canonicalize_name(each.name) for each in RUNTIME if applies(each)}
    used = set()
    for name in third_party("facedebias"):
        makers = {canonicalize_name(maker) for maker in distributions.get(name, [name])}
        assert makers & declared, f"{name} is imported, but pyproject.toml does not declare it"
        used |= makers & declared
    assert declared - used <= NOT_IMPORTED


def applies(requirement):
    return requirement.marker is None or requirement.marker.evaluate(default_environment())


@pytest.mark.parametrize(
    ("platform", "package"),
    [("linux", "tensorflow-cpu"), ("win32", "tensorflow-cpu"), ("darwin", "tensorflow")],
)
def test_a_platform_gets_one_tensorflow_and_only_one(platform, package):
    # Two of them write into one folder.
    environment = {**default_environment(), "sys_platform": platform}
    found = [
        each.name
        for each in RUNTIME
        if each.name.startswith("tensorflow") and each.name != "tensorflow-datasets"
        if each.marker.evaluate(environment)
    ]
    assert found == [package]


def test_the_license_is_apache_and_its_files_go_along():
    assert PROJECT["license"] == "Apache-2.0"
    assert PROJECT["license-files"] == ["LICENSE", "NOTICE"]
    text = (ROOT / "LICENSE").read_text()
    assert "Apache License\n                           Version 2.0, January 2004" in text
    assert "9. Accepting Warranty or Additional Liability" in text
    notice = (ROOT / "NOTICE").read_text()
    for source in ("MIT 6.S191", "MIT License", "Learned Latent Structure", "Fairlearn", "Vega"):
        assert source in notice


def test_the_citation_has_what_its_format_requires_and_is_of_this_version():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert set(citation) >= {"cff-version", "message", "title", "authors"}
    assert citation["cff-version"] == "1.2.0"
    assert citation["type"] == "software"
    assert citation["version"] == facedebias.__version__
    assert citation["license"] == PROJECT["license"]
    assert [author["name"] for author in citation["authors"]] == [PROJECT["authors"][0]["name"]]
    for reference in citation["references"]:
        assert set(reference) >= {"type", "title", "authors"}


def test_the_version_is_written_once():
    assert PROJECT["dynamic"] == ["version"]
    assert "version" not in PROJECT


def test_every_folder_of_the_package_is_a_package_or_holds_its_data():
    # The wheel takes packages; a folder that is none would stay behind silently.
    folders = {path.parent for path in (ROOT / "facedebias").rglob("*.py")}
    assert [folder for folder in folders if not (folder / "__init__.py").exists()] == []
