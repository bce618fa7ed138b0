"""Confusion matrices as shaded tables."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from training.bench.confusion import Confusion, bin_confusion, gender_confusion
from training.bench.run import BenchResult

STRONG = 0.55  # from this share on, the shade is too dark for dark text


def matrices(result: BenchResult) -> Iterator[str]:
    """Yield both confusion matrices of a result, as far as there are any."""
    bins = result.test_set.bins
    found = [
        (gender_confusion(result.truth, result.predictions), "Gender."),
        (
            bin_confusion(result.truth, result.predictions, bins),
            f"Age bin ({bins.name}), nearest bin rule.",
        ),
    ]
    shown = [(confusion, caption) for confusion, caption in found if confusion is not None]
    if not shown:
        return
    yield "<h2>Confusion</h2>"
    yield '<p class="soft">In each row the faces that truly are so, in percent and numbers.</p>'
    yield '<div class="pictures">'
    for confusion, caption in shown:
        yield f'<figure class="card"><div class="scroll" style="border:0">{_table(confusion)}</div>'
        yield f"<figcaption>{escape(caption)}</figcaption></figure>"
    yield "</div>"


def _table(confusion: Confusion) -> str:
    parts = ['<table class="matrix"><thead><tr><th></th>']
    parts.append(f'<th colspan="{len(confusion.columns)}">predicted</th></tr><tr><th>true</th>')
    parts += [f"<th>{escape(name)}</th>" for name in confusion.columns]
    parts.append("</tr></thead><tbody>")
    for name, counts in zip(confusion.rows, confusion.counts.tolist(), strict=True):
        total = sum(counts)
        parts.append(f"<tr><th>{escape(name)}</th>")
        for count in counts:
            share = count / total if total else 0.0
            strong = ' class="strong"' if share > STRONG else ""
            shade = f"background:rgba(var(--shade),{share:.2f})"
            shown = f"{share:.0%}<small>{count:,}</small>" if count else ""
            parts.append(f'<td{strong} style="{shade}">{shown}</td>')
        parts.append("</tr>")
    parts.append("</tbody></table>")
    return "".join(parts)
