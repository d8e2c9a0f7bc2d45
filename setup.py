"""Compiles the modules that every sample goes through with mypyc; pyproject.toml holds everything else.

Without a C compiler, without mypyc, or with GAPKIT_PURE=1 in the environment nothing is compiled: gapkit then runs
its Python source, with the same results and about a third slower.
"""

import os
import sys
import sysconfig

from setuptools import Extension, setup

# fmt: off
COMPILED = [
    "absence", "across", "artifact_names", "artifacts", "bare_code", "blocks", "categories", "claims", "compare",
    "concepts", "content", "coverage", "defects", "dialects/cdktf_imports", "dialects/cfn_values",
    "dialects/cloudformation", "dialects/constructs", "dialects/constructs_calls", "dialects/constructs_kinds",
    "dialects/constructs_methods", "dialects/constructs_names", "dialects/constructs_types",
    "dialects/constructs_values", "dialects/elision", "dialects/flattening", "dialects/go", "dialects/go_values",
    "dialects/hcl_extents", "dialects/hcl_tree", "dialects/hcl_values", "dialects/java", "dialects/java_literals",
    "dialects/java_values", "dialects/json_tree", "dialects/provider_kinds", "dialects/pulumi_names",
    "dialects/pulumi_outputs", "dialects/python", "dialects/python_literals", "dialects/python_values",
    "dialects/script", "dialects/syntax", "dialects/terraform", "dialects/typescript", "dialects/typescript_cursor",
    "dialects/typescript_literals", "dialects/typescript_syntax", "dialects/typescript_tokens",
    "dialects/typescript_values", "dialects/yaml_tree", "documents", "evidence", "failures", "failures_candidates",
    "failures_fields", "failures_leaves", "failures_outline", "failures_restated", "failures_sections",
    "failures_words", "gaps", "likeness", "literals", "memo", "note_evidence", "note_faults", "parts", "prose",
    "quantified", "quantities", "refusals", "requirements", "requirements_files", "requirements_found",
    "requirements_framing", "requirements_groups", "requirements_items", "requirements_outputs",
    "requirements_paragraphs", "requirements_reader", "requirements_regions", "requirements_words", "resources",
    "scales", "schemas", "sections", "severity", "severity_score", "signals", "structs", "structs_fit",
    "turn_status", "types", "undelivered", "validity", "validity_calls", "validity_members", "validity_programs",
    "validity_projects", "validity_properties", "validity_references", "validity_spelling", "validity_terraform",
    "validity_types", "wordings", "words",
]
# fmt: on


def extensions() -> list[Extension]:
    """What to compile, none where that cannot be; each is optional: a failing compiler stops nothing."""
    if os.environ.get("GAPKIT_PURE", "0") not in ("", "0"):
        return []
    try:
        from mypyc.build import mypycify

        # Types are checked by `make check` with the stubs at hand; here only what is compiled counts.
        # Without the packages that happen to be installed: in a new environment there are none yet, and mypyc fails on
        # some loops over what has no type (`reversed`).
        options = ["--config-file=", "--ignore-missing-imports", "--no-site-packages"]
        files = [f"gapkit/{name}.py" for name in COMPILED]
        found = mypycify([*options, *files], group_name="gapkit", opt_level="2", debug_level="0", multi_file=True)
    except (ImportError, SystemExit) as error:
        print(f"gapkit: installing without compiled modules ({error!r}); it runs a third slower", file=sys.stderr)
        return []
    for extension in found:
        extension.optional = True
        if "gcc" in str(sysconfig.get_config_var("CC")):  # calls between the modules without a detour: 4% of the time
            # New lists, for the extensions share theirs.
            direct = ["-fno-semantic-interposition", "-fvisibility=hidden", "-flto"]
            extension.extra_compile_args = [*extension.extra_compile_args, *direct]
            extension.extra_link_args = [*extension.extra_link_args, "-flto", "-O2"]
    return list(found)


setup(ext_modules=extensions())
