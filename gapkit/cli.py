"""Arguments -> the rest of gapkit; no logic here, and nothing heavy imported before a command needs it."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

import typer

from gapkit.models import GapkitError

USAGE = 2
INTERRUPTED = 130

app = typer.Typer(
    name="gapkit",
    help="Gap analysis for infrastructure-as-code answers: requirement coverage with evidence.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
SamplePath = Annotated[str, typer.Argument(metavar="CORPUS/SAMPLE", help="A sample's folder, or FILE/SAMPLE_ID.")]
RunPath = Annotated[Path, typer.Argument(metavar="RUN", help="A run folder that gapkit score wrote.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, one object a line.")]
Knowledge = Annotated[
    Path | None,
    typer.Option("--knowledge", metavar="FOLDER", help="Your own concept files, on top of gapkit's."),
]


@app.command()
def score(
    corpus: Annotated[str, typer.Argument(metavar="CORPUS", help="Folder, archive, JSONL, Parquet, or a URL.")],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="RUN", help="The run folder to write.")],
    workers: Annotated[int | None, typer.Option(min=1, help="Processes; all cores where not given.")] = None,
    engine: Annotated[str, typer.Option(help="local or dask.")] = "local",
    scheduler: Annotated[str | None, typer.Option(metavar="ADDR", help="A dask scheduler's address.")] = None,
    select: Annotated[str | None, typer.Option(metavar="PATTERN", help="Sample ids to score: 'cfn-*'.")] = None,
    time_limit: Annotated[float, typer.Option(min=0.1, metavar="SECONDS", help="For one sample.")] = 60.0,
    knowledge: Knowledge = None,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 1 where samples have problems.")] = False,
    explain: Annotated[bool, typer.Option("--explain", help="Write RUN/explained/SAMPLE.md as well.")] = False,
    lint: Annotated[bool, typer.Option("--lint", help="Add what cfn-lint says of CloudFormation; slow.")] = False,
) -> None:
    """Score a corpus into a run folder; what was scored before is reused."""
    from gapkit.runs import score as score_corpus
    from gapkit.terminal import TerminalProgress

    _check_knowledge(knowledge)
    progress = TerminalProgress()
    try:
        result = score_corpus(
            corpus,
            output,
            workers=workers,
            engine=engine,
            scheduler=scheduler,
            select=select,
            time_limit=time_limit,
            knowledge=knowledge,
            progress=progress,
            lint=lint,
        )
    except KeyboardInterrupt:
        progress.close()
        print(f"Stopped. What is scored is kept: the same command goes on from there ({output}).", file=sys.stderr)
        raise typer.Exit(INTERRUPTED) from None
    finally:
        progress.close()
    print(
        f"{result.samples} samples in {result.folder} ({result.scored} scored, {result.reused} reused), "
        f"{result.problems} problems",
        file=sys.stderr,
    )
    if explain:
        from gapkit.explained import write_documents

        print(f"{write_documents(corpus, result.folder, select, knowledge)} documents", file=sys.stderr)
    if strict and result.problems:
        raise typer.Exit(1)


@app.command("explain")
def explain_sample(
    sample: SamplePath,
    output: Annotated[Path | None, typer.Option("--output", "-o", metavar="FILE.md")] = None,
    knowledge: Knowledge = None,
) -> None:
    """A gap-analysis document of one sample, as markdown."""
    from gapkit.explained import write_document

    target = write_document(sample, output, knowledge)
    if target is not None:
        print(target, file=sys.stderr)


@app.command()
def show(
    sample: SamplePath,
    why: Annotated[str | None, typer.Option(metavar="R07", help="Why one requirement got its status.")] = None,
    as_json: AsJson = False,
    knowledge: Knowledge = None,
) -> None:
    """Coverage table with evidence, in the terminal."""
    from gapkit.corpus import read_sample
    from gapkit.pipeline import assess

    _check_knowledge(knowledge)
    assessment = assess(read_sample(sample), knowledge, explaining=why is not None)
    wanted = [c for c in assessment.coverages if why is None or c.requirement.requirement_id == why.upper()]
    if why and not wanted:
        known = ", ".join(c.requirement.requirement_id for c in assessment.coverages) or "none"
        raise GapkitError(f"{sample} has no requirement {why}. It has: {known}.")
    if as_json:
        from gapkit.tables import requirement_rows

        _print_json_lines(
            row for row in requirement_rows(assessment) if why is None or row["requirement_id"] == why.upper()
        )
        return
    from gapkit.terminal import print_chain, print_coverage

    if why:
        from gapkit.why import facts_looked_for

        print_chain(assessment, wanted[0], facts_looked_for(wanted[0], knowledge))
    else:
        print_coverage(assessment)


@app.command()
def facts(
    sample: SamplePath,
    side: Annotated[str, typer.Option(metavar="model|ideal", help="Whose code.")] = "model",
    as_json: AsJson = False,
) -> None:
    """What was read from the code, a fact a row."""
    from gapkit.corpus import read_sample
    from gapkit.listings import fact_rows

    _print_rows(fact_rows(read_sample(sample), side), as_json)


@app.command()
def diff(sample: SamplePath, as_json: AsJson = False) -> None:
    """Aligned facts: same, missing, different, extra; before any judgement."""
    from gapkit.corpus import read_sample
    from gapkit.listings import difference_rows

    _print_rows(difference_rows(read_sample(sample)), as_json)


@app.command()
def columns() -> None:
    """The columns of the five tables, as markdown."""
    from gapkit.tables import columns_markdown

    sys.stdout.write(columns_markdown())


@app.command()
def audit(
    run: RunPath,
    sample: Annotated[str | None, typer.Option(metavar="PATTERN", help="Sample ids to show whole: 'cfn-*'.")] = None,
    as_json: AsJson = False,
) -> None:
    """Reviewers' notes against what was found, and the faults of the notes themselves."""
    from gapkit.audit import audit as audit_run
    from gapkit.audit import audit_rows
    from gapkit.run_tables import read_run

    found = audit_run(read_run(run), sample)
    if as_json:
        _print_json_lines(audit_rows(found))
        return
    from gapkit.views import print_audit

    print_audit(found, whole=sample is not None)


@app.command()
def agree(
    run: RunPath,
    labels: Annotated[Path, typer.Argument(metavar="LABELS", help="A folder of labels, one JSON file a sample.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Agreement with hand-made labels: every figure with its interval, beside simple methods."""
    from gapkit.baselines import agreement_of
    from gapkit.run_tables import read_run

    found = agreement_of(read_run(run), labels)
    if as_json:
        from gapkit.agreement import agreement_json

        _print_json_lines([agreement_json(found)])
        return
    from gapkit.views import print_agreement

    print_agreement(found)


@app.command()
def compare(
    run_a: Annotated[Path, typer.Argument(metavar="RUN_A", help="A run folder.")],
    run_b: Annotated[Path, typer.Argument(metavar="RUN_B", help="The run folder that is compared with it.")],
    as_json: AsJson = False,
) -> None:
    """Paired difference of completeness, B minus A, with intervals, by platform."""
    from gapkit.compare_runs import compare_runs, comparison_rows
    from gapkit.run_tables import read_run

    found = compare_runs(read_run(run_a), read_run(run_b))
    if as_json:
        _print_json_lines(comparison_rows(found))
        return
    from gapkit.views import print_comparison

    print_comparison(found)


knowledge_app = typer.Typer(help="The knowledge base.", no_args_is_help=True, add_completion=False)
app.add_typer(knowledge_app, name="knowledge")


@knowledge_app.command("check")
def knowledge_check(
    folder: Annotated[Path | None, typer.Argument(metavar="DIR", help="Your concept files; else gapkit's.")] = None,
) -> None:
    """Say what is wrong with concept files, by file and line; exit with 2 where anything is."""
    from gapkit.knowledge_check import check_knowledge, concept_paths

    complaints = check_knowledge(folder)
    for complaint in complaints:
        print(complaint)
    if complaints:
        raise GapkitError(f"{len(complaints)} mistakes. docs/knowledge.md tells how concepts are written.")
    print(f"{len(concept_paths(folder))} files are as they should be.", file=sys.stderr)


def _check_knowledge(folder: Path | None) -> None:
    """Raise GapkitError with the first mistake of a user's concept files."""
    if folder is None:
        return
    from gapkit.knowledge_check import check_knowledge

    complaints = check_knowledge(folder, examples=False)
    if complaints:
        more = f" ({len(complaints) - 1} more: gapkit knowledge check {folder})" if len(complaints) > 1 else ""
        raise GapkitError(f"{complaints[0]}{more}")


def _has(module: str) -> bool:
    return find_spec(f"gapkit.{module}") is not None


if _has("report"):

    @app.command()
    def report(
        run: RunPath,
        output: Annotated[Path | None, typer.Option("--output", "-o", metavar="FILE.html")] = None,
        labels: Annotated[
            Path | None, typer.Option(metavar="DIR", help="Hand-made labels: how far the numbers can be trusted.")
        ] = None,
    ) -> None:
        """One HTML file with the tables, figures and samples of a run."""
        from gapkit.report import write_report

        target = output or run / "report.html"
        write_report(run, target, labels)
        print(target, file=sys.stderr)


def _print_rows(rows: Iterable[dict[str, Any]], as_json: bool) -> None:
    if as_json:
        _print_json_lines(rows)
        return
    from gapkit.listings import columns_of
    from gapkit.terminal import print_rows

    found = list(rows)
    print_rows(found, columns_of(found))


def _print_json_lines(rows: Iterable[dict[str, Any]]) -> None:
    for row in rows:
        sys.stdout.write(json.dumps(row, ensure_ascii=False) + "\n")


def main() -> None:
    """Run the command line: exit status 0 done, 1 problems with --strict, 2 wrong usage or nothing to read."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    try:
        status = app(standalone_mode=False)
    except GapkitError as error:
        sys.exit(_one_line(str(error)))
    except BrokenPipeError:  # `gapkit facts … | head`
        sys.stderr.close()
        sys.exit(0)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except Exception as error:
        if not hasattr(error, "format_message"):  # Typer's usage errors have it, whichever click they come from
            raise
        sys.exit(_one_line(f"{error.format_message()} gapkit --help lists what can be given."))
    sys.exit(status if isinstance(status, int) else 0)


def _one_line(message: str) -> int:
    print("gapkit: " + " ".join(message.split()), file=sys.stderr)
    return USAGE


if __name__ == "__main__":
    main()
