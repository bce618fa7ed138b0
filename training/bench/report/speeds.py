"""Speeds on the screen and as plain values."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.table import Table

from training.bench.report.plain import rounded, versions
from training.bench.speed import Part, SpeedResult

FORMAT = "evenface bench speed 1"
MEANING = {
    Part.reading: "reading: the file, and decoding it",
    Part.detection: "detection: finding the face that is meant, and aligning it",
    Part.prediction: "prediction: from aligned crops to answers",
    Part.whole: "whole: the parts of a batch after one another, nothing overlapping",
}
OWN_DETECTION = "prediction: from decoded pictures to answers, with the predictor's own detection"


def rules(result: SpeedResult) -> list[str]:
    """Return, in sentences, what was timed and how."""
    parts = dict.fromkeys(speed.part for speed in result.speeds)
    meaning = {**MEANING, **({Part.prediction: OWN_DETECTION} if result.finds_faces_itself else {})}
    sentences = [meaning[part] for part in parts]
    if Part.detection not in parts and not result.finds_faces_itself:
        sentences.append("no detection: the pictures are aligned crops, or have landmarks")
    elif 0 < result.detected < result.images:
        sentences.append(f"{result.detected:,} of {result.images:,} images needed detection")
    sentences.append(
        f"images/s: median of {result.rounds} rounds over {result.images:,} images each, batch "
        "sizes in turns, after a warm-up round; latency: of a full batch"
    )
    if result.without_face or result.unreadable:
        sentences.append(
            f"left out: {result.without_face:,} without a face, {result.unreadable:,} unreadable"
        )
    return sentences


def print_speeds(result: SpeedResult, title: str, console: Console) -> None:
    """Print the table, and below it what was timed and how."""
    table = Table(title=title, title_justify="left")
    table.add_column("batch", justify="right")
    table.add_column("part")
    for heading in ("images/s", "latency, median", "95th percentile", "batches"):
        table.add_column(heading, justify="right")
    size = None
    for speed in result.speeds:
        if size is not None and speed.batch_size != size:
            table.add_section()
        table.add_row(
            str(speed.batch_size) if speed.batch_size != size else "",
            speed.part.value,
            _three_digits(speed.images_per_second),
            f"{_three_digits(1000 * speed.latency_median)} ms",
            f"{_three_digits(1000 * speed.latency_95)} ms",
            f"{speed.batches:,}",
            style="bold" if speed.part is Part.whole else "",
        )
        size = speed.batch_size
    console.print(table)
    for sentence in rules(result):
        console.print(sentence)


def as_plain(result: SpeedResult, about: dict[str, Any]) -> dict[str, Any]:
    """Return everything as plain values; latencies in seconds."""
    speeds = [
        {
            key: rounded(value) if isinstance(value, float) else value
            for key, value in asdict(speed).items()
        }
        for speed in result.speeds
    ]
    counts = {key: value for key, value in asdict(result).items() if key != "speeds"}
    return {
        "format": FORMAT,
        **about,
        **counts,
        "speeds": speeds,
        "rules": rules(result),
        "versions": versions(),
    }


def _three_digits(value: float) -> str:
    decimals = 0 if value >= 100 else 1 if value >= 10 else 2
    return f"{value:,.{decimals}f}"
