"""libyaml's composer, cut down.

It stands apart from `yaml_tree` since what inherits from an extension's class cannot be compiled.
"""

from __future__ import annotations

from yaml._yaml import CParser  # type: ignore[import-not-found,import-untyped,unused-ignore]


class Composer(CParser):
    """libyaml's composer without PyYAML's implicit tags: a plain scalar's type is told when it is needed."""

    def resolve(self, kind: object, value: object, implicit: object) -> None:
        return None

    def descend_resolver(self, parent: object, index: object) -> None:
        return None

    def ascend_resolver(self) -> None:
        return None
