"""environment.yml says what pyproject.toml says."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[1]
CONDA_NAMES = {"matplotlib-base": "matplotlib", "python-build": "build"}  # conda-forge's name: PyPI's name
CONDA_ONLY = {"python", "pip"}
REQUIREMENT = re.compile(r"([A-Za-z0-9_.-]+)\s*(.*)")


def parsed(requirements: list[str]) -> dict[str, str]:
    """name -> version constraint, both as PyPI would write them."""
    found = {}
    for requirement in requirements:
        match = REQUIREMENT.fullmatch(requirement)
        assert match, requirement
        name = match[1].lower()
        found[CONDA_NAMES.get(name, name)] = match[2].replace(" ", "")
    return found


def conda() -> dict[str, str]:
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    assert environment["name"] == "gapkit"
    assert environment["channels"] == ["conda-forge"]
    plain = [entry for entry in environment["dependencies"] if isinstance(entry, str)]
    (nested,) = [entry for entry in environment["dependencies"] if not isinstance(entry, str)]
    return {**parsed(plain), **parsed(nested["pip"])}


def test_the_same_packages_with_the_same_bounds() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = parsed(
        [*project["dependencies"], *(r for extra in project["optional-dependencies"].values() for r in extra)]
    )
    found = conda()
    assert found.pop("python") == project["requires-python"]
    assert found.pop("pip") == ""
    assert found == wanted
