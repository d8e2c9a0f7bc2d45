"""Small samples written to a folder, for tests of what reads corpora."""

from __future__ import annotations

from pathlib import Path

PROMPT = "1. Create a queue with a dead-letter queue.\n2. Encrypt the bucket.\n"
RESPONSE = "```yaml\nResources:\n  Jobs:\n    Type: AWS::SQS::Queue\n```\n"
IDEAL = RESPONSE.replace("Queue\n", "Queue\n    Properties:\n      KmsMasterKeyId: alias/jobs\n")
FAILURES = "# Failures\n\n1. **No dead-letter queue** (high)\n"
DOCUMENTS = {
    "lib/PROMPT.md": PROMPT,
    "lib/MODEL_RESPONSE.md": RESPONSE,
    "lib/IDEAL_RESPONSE.md": IDEAL,
    "lib/MODEL_FAILURES.md": FAILURES,
    "metadata.json": '{"platform": "cfn", "language": "yaml"}',
}


def write_sample(folder: Path, changes: dict[str, str | bytes | None] | None = None) -> Path:
    """A whole sample with some documents replaced, added or (None) left out."""
    for name, content in {**DOCUMENTS, **(changes or {})}.items():
        if content is None:
            continue
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def write_corpus(folder: Path, count: int = 3) -> Path:
    """`count` whole samples under cfn-yaml/, each with a prompt of its own."""
    for number in range(count):
        write_sample(folder / "cfn-yaml" / f"s{number:02d}", {"lib/PROMPT.md": f"{PROMPT}3. Name it app-{number}.\n"})
    return folder
