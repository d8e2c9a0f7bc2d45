"""Compiles the modules that every sample goes through with mypyc; pyproject.toml holds everything else.

Without a C compiler, without mypyc, or with GAPKIT_PURE=1 in the environment nothing is compiled: gapkit then runs
its Python source, with the same results and about a fifth slower.
"""

import os
import sys

from setuptools import Extension, setup

# fmt: off
COMPILED = [
    "absence", "across", "artifacts", "blocks", "categories", "claims", "compare", "concepts", "coverage",
    "defects", "dialects/constructs_calls", "dialects/constructs_types", "evidence", "failures_fields",
    "failures_outline", "gaps", "note_faults", "parts", "quantities", "requirements", "resources",
    "severity_score", "signals", "structs", "structs_fit", "validity_properties", "validity_references",
    "wordings", "words",
]
# fmt: on


def extensions() -> list[Extension]:
    """What to compile, none where that cannot be; each is optional: a failing compiler stops nothing."""
    if os.environ.get("GAPKIT_PURE", "0") not in ("", "0"):
        return []
    try:
        from mypyc.build import mypycify

        # Types are checked by `make check` with the stubs at hand; here only what is compiled counts.
        options = ["--config-file=", "--ignore-missing-imports"]
        files = [f"gapkit/{name}.py" for name in COMPILED]
        found = mypycify([*options, *files], group_name="gapkit", opt_level="2", debug_level="0", multi_file=True)
    except (ImportError, SystemExit) as error:
        print(f"gapkit: installing without compiled modules ({error!r}); it runs a fifth slower", file=sys.stderr)
        return []
    for extension in found:
        extension.optional = True
    return list(found)


setup(ext_modules=extensions())
