"""The files of a run: figures, predictions, truth, Markdown and a page, in one folder."""

from __future__ import annotations

from pathlib import Path

from curation.errors import TrainingError
from training.bench.predictions_file import write_predictions
from training.bench.report.markdown import as_markdown
from training.bench.report.page import as_page
from training.bench.report.plain import as_plain, write_json
from training.bench.run import BenchResult
from training.bench.truth import write_truth
from training.files import write_atomically
from training.manifest import file_sha256

FIGURES, PREDICTIONS, TRUTH = "figures.json", "predictions.parquet", "truth.parquet"
MARKDOWN, PAGE = "report.md", "report.html"


def write_run(result: BenchResult, out: Path, pictures: int = 0) -> list[Path]:
    """Write a run to the folder `out`, or to `out` alone if that ends in .json.

    `pictures` of the worst errors are shown on the page. Returns what was written.

    Raises:
        TrainingError: it cannot be written.
    """
    try:
        if out.suffix == ".json":
            write_json(out, as_plain(result))
            return [out]
        out.mkdir(parents=True, exist_ok=True)
        test_set = result.test_set
        write_predictions(
            out / PREDICTIONS,
            result.predictions,
            {
                "evenface.protocol": test_set.protocol,
                "evenface.truth_sha256": test_set.truth_sha256,
                "evenface.predictor": result.model.name,
            },
        )
        write_truth(out / TRUTH, result.truth)
        files = {name: file_sha256(out / name) for name in (PREDICTIONS, TRUTH)}
        write_json(out / FIGURES, {**as_plain(result), "files_sha256": files})
        write_atomically(out / MARKDOWN, as_markdown(result).encode())
        write_atomically(out / PAGE, as_page(result, pictures).encode())
    except OSError as error:
        raise TrainingError(f"the report {out} cannot be written ({error.strerror})") from error
    return [out / name for name in (FIGURES, PREDICTIONS, TRUTH, MARKDOWN, PAGE)]
