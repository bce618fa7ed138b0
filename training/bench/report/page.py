"""A benchmark result as one HTML page that needs nothing else: no script, no font, no address."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from importlib.resources import files

from training.bench.catalog import BY_NAME
from training.bench.groupwise import HEADLINES, gaps, ranked
from training.bench.report import beside, charts, text
from training.bench.report.matrices import matrices
from training.bench.report.plain import versions
from training.bench.report.thumbnails import worst_errors
from training.bench.run import BenchResult

CARDS = ("gender_accuracy", "mae", "one_off_bin_nearest", "coverage_80")
WORST_SHOWN = 12


def as_page(result: BenchResult, pictures: int = 0) -> str:
    """Return the page, with `pictures` thumbnails of the worst errors."""
    style = (files(__package__) / "page.css").read_text(encoding="utf-8")
    title = f"{result.model.name} on {result.test_set.protocol}"
    body = "\n".join(_body(result, title, pictures))
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="robots" content="noindex, noai, noimageai">\n'
        f"<title>{escape(title)}</title>\n<style>\n{style}</style>\n</head>\n"
        f"<body>\n<main>\n{body}\n</main>\n</body>\n</html>\n"
    )


def _body(result: BenchResult, title: str, pictures: int) -> Iterator[str]:
    yield f"<h1>{escape(title)}</h1>"
    yield f'<p class="soft">{escape(text.title(result))}. {escape(text.denominators(result))}</p>'
    yield from _cards(result)
    yield from _figures(result)
    yield from _published(result)
    yield from _ages(result)
    yield from matrices(result)
    yield from _calibration(result)
    yield from _groups(result)
    if pictures:
        yield from _errors(result, pictures)
    yield from _about(result)


def _cards(result: BenchResult) -> Iterator[str]:
    yield '<div class="headlines">'
    for name in CARDS:
        metric, estimate = BY_NAME[name], result.model.evaluation.estimate(name)
        if estimate is not None:
            yield (
                f'<div class="card"><div class="soft">{escape(metric.title)}</div>'
                f'<div class="value">{escape(text.with_unit(estimate.value, metric))}</div>'
                f'<div class="soft">95 %: {escape(text.interval(estimate, metric))}</div></div>'
            )
    yield "</div>"


def _figures(result: BenchResult) -> Iterator[str]:
    yield "<h2>Figures</h2>"
    blind = result.blind
    yield '<div class="scroll"><table><thead><tr><th>metric</th>'
    yield f'<th class="n">{escape(result.model.name)}</th><th class="n">95 % interval</th>'
    yield '<th class="n">n</th>'
    if blind is not None:
        yield f'<th class="n">{escape(blind.name)}</th>'
    yield "</tr></thead><tbody>"
    for section, rows in text.rows(result).items():
        columns = 4 if blind is None else 5
        heading = escape(text.SECTIONS[section])
        yield f'<tr class="section"><th colspan="{columns}">{heading}</th></tr>'
        for row in rows:
            cells = [
                text.with_unit(row.estimate.value, row.metric),
                text.interval(row.estimate, row.metric),
                f"{row.estimate.n:,}",
            ]
            if blind is not None:
                known = row.blind is not None and not row.as_errors
                cells.append(
                    text.with_unit(row.blind.value, row.metric)
                    if known and row.blind is not None
                    else text.NOTHING
                )
            numbers = "".join(f'<td class="n">{escape(cell)}</td>' for cell in cells)
            yield f"<tr><th>{escape(row.title)}</th>{numbers}</tr>"
    yield "</tbody></table></div>"
    for sentence in [*text.rules(result), *result.notes]:
        yield f'<p class="soft">{escape(sentence)}</p>'


def _published(result: BenchResult) -> Iterator[str]:
    lines = beside.same_protocol(result)
    if not lines:
        return
    yield "<h2>Published on the same protocol</h2>"
    if result.model.evaluation.unanswered[0]:
        yield '<p class="soft">After a slash: with unanswered faces as errors.</p>'
    yield '<div class="scroll"><table><thead><tr>'
    yield "".join(f"<th>{escape(heading)}</th>" for heading in beside.HEADINGS)
    yield "</tr></thead><tbody>"
    for line in lines:
        cells = "".join(f'<td class="n">{escape(cell)}</td>' for cell in line.cells)
        kind = ' class="ours"' if line.ours else ""
        yield (
            f"<tr{kind}><th>{escape(line.system)}</th>{cells}<td>{escape(line.bin_rule)}</td>"
            f'<td class="source">{escape(line.source)}</td></tr>'
        )
    yield "</tbody></table></div>"


def _ages(result: BenchResult) -> Iterator[str]:
    found = [
        (
            charts.scatter(result),
            "Predicted against true age: the darker, the more faces (logarithmic). Dashed: right "
            "answers. Solid: the median prediction by true age, dotted the 10 and 90 % quantiles.",
        ),
        (charts.by_age(result, "mae"), "Mean absolute error by true age, with 95 % intervals."),
        (
            charts.by_age(result, "bias"),
            "Bias by true age: above the line people are taken for older, below for younger.",
        ),
    ]
    yield from _pictures("Ages", found, layout="pictures tall-first")


def _calibration(result: BenchResult) -> Iterator[str]:
    curves = result.model.evaluation.curves
    found = [
        (
            charts.calibration(curves.age(), "predicted quantile", "true ages below it"),
            "Of true ages, the share below each predicted quantile. On the dashed line the stated "
            "distributions are right; the band is the 95 % interval.",
        ),
        (
            charts.calibration(curves.gender(), "predicted P(female)", "women among them"),
            "Of faces with a stated probability, the share that are women, by tenths.",
        ),
    ]
    yield from _pictures("Calibration", found)


def _pictures(
    heading: str, found: list[tuple[str | None, str]], layout: str = "pictures"
) -> Iterator[str]:
    shown = [(svg, caption) for svg, caption in found if svg is not None]
    if not shown:
        return
    yield f'<h2>{heading}</h2><div class="{layout}">'
    for svg, caption in shown:
        caption = escape(caption)
        yield f'<figure class="card">{svg}<figcaption>{caption}</figcaption></figure>'
    yield "</div>"


def _groups(result: BenchResult) -> Iterator[str]:
    evaluation = result.model.evaluation
    found: list[tuple[str | None, str]] = []
    for name in HEADLINES:
        order = ranked(evaluation, name)[:WORST_SHOWN]
        if len(order) > 1:
            svg = charts.dot_plot(evaluation, order, BY_NAME[name])
            found.append((svg, f"{BY_NAME[name].title}. Dashed: all faces."))
    if not found:
        return
    yield from _pictures("Worst groups", found)
    yield (
        f'<p class="soft">Groups by gender, race, age bin and country and their pairs, of at least '
        f"{evaluation.settings.min_samples} faces; their number in brackets. Hollow: fewer than "
        f"{evaluation.settings.min_subjects} subjects, an interval not to be relied on. The worst "
        "of many groups looks worse than it is: read the interval.</p>"
    )
    yield "<h3>Gaps between the worst and the best group</h3>"
    yield '<div class="scroll"><table>'
    yield "<thead><tr><th>metric</th><th>by</th><th>worst</th><th>best</th>"
    yield '<th class="n">gap</th><th class="n">95 % interval</th></tr></thead><tbody>'
    for name in HEADLINES:
        metric = BY_NAME[name]
        for gap in gaps(evaluation, name):
            ends = f"{text.number(gap.low, metric)} … {text.number(gap.high, metric)}"
            worst = f"{gap.worst.group} {text.with_unit(gap.worst.estimate.value, metric)}"
            best = f"{gap.best.group} {text.with_unit(gap.best.estimate.value, metric)}"
            cells = [metric.title, " × ".join(gap.family), worst, best]
            plain = "".join(f"<td>{escape(cell)}</td>" for cell in cells)
            yield (
                f'<tr>{plain}<td class="n">{escape(text.number(gap.difference, metric))}</td>'
                f'<td class="n">{escape(ends)}</td></tr>'
            )
    yield "</tbody></table></div>"


def _errors(result: BenchResult, count: int) -> Iterator[str]:
    shown = worst_errors(result, count)
    if not shown:
        return
    yield f"<h2>The {len(shown)} worst errors</h2>"
    yield '<p class="soft">Pictures of people: keep this page where the dataset may be kept.</p>'
    yield '<div class="errors">'
    for one in shown:
        yield (
            f'<figure><img alt="" src="{one.image}"><figcaption>'
            f'<span class="true">{escape(one.true)}</span><br>said {escape(one.said)}<br>'
            f"{escape(one.sample_id)}</figcaption></figure>"
        )
    yield "</div>"


def _about(result: BenchResult) -> Iterator[str]:
    yield "<h2>About this run</h2>"
    facts = {
        **{f"data: {key}": value for key, value in result.test_set.data.items()},
        "labels, SHA-256": result.test_set.truth_sha256,
        **{f"predictor: {key}": value for key, value in result.model.about.items()},
        "versions": ", ".join(f"{name} {number}" for name, number in versions().items()),
    }
    yield "<details><summary>Data, predictor and versions</summary><dl>"
    for key, value in facts.items():
        yield f"<dt>{escape(key)}</dt><dd>{escape(str(value))}</dd>"
    yield "</dl></details>"
