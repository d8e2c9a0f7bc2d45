"""Judgement as data: YAML files that a user can read, correct and extend."""

from __future__ import annotations

from importlib.resources import files

import yaml


def load_yaml(name: str) -> object:
    """The parsed content of one of gapkit's own knowledge files."""
    return yaml.load((files(__name__) / name).read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)  # noqa: S506
