"""Write knowledge/managed-policies.json: the names of AWS's managed policies, from the pulumi-aws wheel.

pip download --no-deps pulumi-aws -d DIR && python tools/build_managed_policies.py DIR
"""

from __future__ import annotations

import json
import re
import sys
import zipfile
from pathlib import Path

OUTPUT = Path(__file__).parent.parent / "gapkit" / "knowledge" / "managed-policies.json"


def main() -> None:
    names: set[str] = set()
    for wheel in Path(sys.argv[1]).glob("pulumi_aws-*.whl"):
        with zipfile.ZipFile(wheel) as archive:
            text = archive.read("pulumi_aws/iam/_enums.py").decode()
        names |= set(re.findall(r"arn:aws:iam::aws:policy/([\w+=,.@/-]+)", text))
    if not names:
        raise SystemExit(f"no pulumi_aws wheel with policies in {sys.argv[1]}")
    OUTPUT.write_text(json.dumps(sorted(names), indent=0) + "\n")


if __name__ == "__main__":
    main()
