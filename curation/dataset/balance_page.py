"""The balance as one HTML page that needs nothing else: no script, no font, no address."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from importlib.resources import files
from pathlib import Path

from curation.balance.plan import Plan
from curation.dataset.balance_table import BalanceRow, BalanceTable, target_in_words
from curation.dataset.figures import write_beside

POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def write_page(
    path: Path, table: BalanceTable, plan: Plan, told: Sequence[str], advice: Sequence[str]
) -> None:
    """Write the page: what there is, what is wanted and what is taken, per attribute.

    `told` are sentences about what could not be met and what was left out, `advice` what would let
    the dataset grow.

    Raises:
        InputError: the file cannot be written.
    """
    text = as_page(table, plan, told, advice)
    write_beside(path, lambda beside: beside.write_text(text, encoding="utf-8"))


def as_page(table: BalanceTable, plan: Plan, told: Sequence[str], advice: Sequence[str]) -> str:
    """Return the page."""
    style = (files(__package__) / "balance_page.css").read_text(encoding="utf-8")
    body = "\n".join(_body(table, plan, told, advice))
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="robots" content="noindex, noai, noimageai">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        f"<title>Balance</title>\n<style>\n{style}</style>\n</head>\n"
        f"<body>\n<main>\n{body}\n</main>\n</body>\n</html>\n"
    )


def _body(
    table: BalanceTable, plan: Plan, told: Sequence[str], advice: Sequence[str]
) -> Iterator[str]:
    candidates = int(plan.cells.available.sum())
    weighed = plan.raked is not None
    yield "<h1>Balance</h1>"
    if weighed:
        yield '<p class="soft">Everything is kept, and weighed so that the targets are met.</p>'
    else:
        yield '<p class="soft">The largest dataset that keeps the targets.</p>'
    cards = [("candidates", f"{candidates:,}"), ("in the dataset", f"{plan.total:,}")]
    cards.append(("of the candidates", f"{plan.total / max(1, candidates):.1%}"))
    if plan.raked is not None:
        used = plan.weights[plan.taken > 0]
        cards.append(("effective number", f"{plan.raked.effective:,.0f}"))
        cards.append(("weights", f"{used.min(initial=1):.2f} to {used.max(initial=1):.2f}"))
    else:
        cards.append(("none can be larger than", f"{plan.bound:,.1f}"))
    cards.append(("worst deviation", f"{plan.worst_deviation:.1g}"))
    yield '<div class="cards">'
    yield from (
        f'<div class="card"><b>{b}</b><span class="soft">{a}</span></div>' for a, b in cards
    )
    yield "</div>"
    yield from _list(told, "told")
    yield from _list(advice, "told good")
    after = "dataset, weighed" if weighed else "dataset"
    yield (
        '<p class="key"><span><i style="background:var(--before)"></i>candidates</span>'
        f'<span><i style="background:var(--after)"></i>{after}</span>'
        '<span><i style="background:var(--target);width:3px"></i>target</span></p>'
    )
    for attribute, rows in table.items():
        yield from _attribute(attribute, rows, after)


def _list(sentences: Sequence[str], name: str) -> Iterator[str]:
    if sentences:
        items = "".join(f"<li>{escape(sentence)}</li>" for sentence in sentences)
        yield f'<div class="{name}"><ul>{items}</ul></div>'


def _attribute(attribute: str, rows: Sequence[BalanceRow], after: str) -> Iterator[str]:
    candidates = max(1, sum(row.available for row in rows))
    taken = max(1, sum(row.planned for row in rows))
    edges = [
        share
        for row in rows
        for share in (
            row.available / candidates,
            row.planned / taken,
            *(edge for edge in (row.wanted, row.low, row.high) if edge is not None),
        )
        if share < 1 or len(rows) == 1
    ]
    scale = max([*edges, 1e-9])
    yield f"<section><h2>{escape(attribute)}</h2>"
    for row in rows:
        before, now = row.available / candidates, row.planned / taken
        target = target_in_words(row)
        tip = (
            f"{escape(row.value)}: {row.available:,} candidates ({before:.2%}), "
            f"{row.planned:,} in the {after} ({now:.2%})" + (f", target {target}" if target else "")
        )
        yield (
            f'<div class="row" tabindex="0"><span class="name">{escape(row.value)}</span>'
            f'<span class="track"><span class="bar before" style="width:{_percent(before, scale)}">'
            f'</span><span class="bar after" style="width:{_percent(now, scale)}"></span>'
            f"{_mark(row, scale)}</span>"
            f'<span class="numbers"><span class="soft">{before:.1%}</span> → {now:.1%}</span>'
            f'<span class="tip" role="tooltip">{tip}</span></div>'
        )
    yield "<details><summary>as a table</summary><div class='scroll'><table><thead><tr>"
    yield f"<th>{escape(attribute)}</th><th>candidates</th><th>share</th><th>target</th>"
    yield f"<th>{after}</th><th>share</th></tr></thead><tbody>"
    for row in rows:
        cells = [
            escape(row.value),
            f"{row.available:,}",
            f"{row.available / candidates:.2%}",
            target_in_words(row),
            f"{row.planned:,}",
            f"{row.planned / taken:.2%}",
        ]
        yield "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"
    yield "</tbody></table></div></details></section>"


def _mark(row: BalanceRow, scale: float) -> str:
    if row.wanted is not None:
        return f'<span class="mark" style="left:{_percent(row.wanted, scale)}"></span>'
    if row.low is None and row.high is None:
        return ""
    low, high = row.low or 0.0, min(scale, 1.0 if row.high is None else row.high)
    width = _percent(max(0.0, high - low), scale)
    if row.low is None:
        return f'<span class="mark" style="left:{_percent(high, scale)}"></span>'
    side = "" if row.low is not None and row.high is not None else " open"
    return f'<span class="band{side}" style="left:{_percent(low, scale)};width:{width}"></span>'


def _percent(share: float, scale: float) -> str:
    return f"{100 * min(1.0, share / scale):.2f}%"
