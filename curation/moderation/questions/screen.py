"""Label Studio's labelling screen and the moderators' guide, in one language or several.

With several languages each text stands in all of them, the first language first.

What cannot matter any more goes away: gender and age where the picture is not relevant, all but
that one answer where it is unsafe. The screen has to be used on a phone too, so there the two
pictures stand side by side and the answers are large enough for a thumb.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from xml.etree import ElementTree

from curation.moderation.questions.asked import (
    BASE,
    CHOICES_OF,
    MOST_YEARS,
    Question,
    QuestionSet,
)
from curation.moderation.questions.languages import WORDINGS
from curation.moderation.questions.wording import Wording

BETWEEN = " · "  # the same text in two languages
NEEDED_FOR_ALL = ("relevant", "irrelevant", "unsafe")  # also asked of what is not relevant

# The page around the screen is Label Studio's: what nobody needs here is out of the way (panels for
# regions, drawing tools), and on a phone what would push the answers and the button out of sight.
STYLE = """
.ef-pictures { display: flex; gap: 8px; justify-content: center; }
.ef-picture { flex: 1 1 0; min-width: 0; max-width: 30em; }
.ef-picture .lsf-toolbar, .lsf-sidepanels__wrapper { display: none; }
.lsf-sidepanels { padding-left: 0 !important; padding-right: 0 !important; }
.ef-question h4 { margin: 8px 0 4px !important; }
.ef-question .lsf-choices { margin: 0; display: flex; flex-wrap: wrap; gap: 6px; }
.ef-question .lsf-choice { margin: 0; }
.ef-question .lsf-choice__checkbox {
  margin: 0; padding: 0 10px; border: 1px solid rgba(128, 128, 128, .45); border-radius: 8px;
}
.ef-question .lsf-choice__checkbox:has(input:checked) {
  border-color: currentColor; background: rgba(70, 100, 220, .14);
}
.lsf-modal-ls__body p { margin-bottom: 8px; }
@media (max-width: 700px) {
  .ef-pictures { gap: 4px; }
  .ef-question .lsf-choice__checkbox { padding: 2px 10px; }
  .lsf-editor { width: 100%; max-width: 100%; margin: 0; }
  .lsf-menu-header__context-item_right a, .lsf-menu-header__hotkeys, .lsf-breadcrumbs,
  .lsf-menu-header button[class*=themeToggle] { display: none; }
  .lsf-menu-header__trigger { width: auto; }
  .lsf-bottombar__group:first-child { display: none; }
  .lsf-bottombar__group, .lsf-bottombar__section, .lsf-controls { width: 100%; min-width: 0; }
  .lsf-modal-ls { width: 100vw; }
  .lsf-modal-ls__wrapper { padding: 8px; }
  .lsf-modal-ls__content { width: 100% !important; margin: 0; }
}
"""


def labelling_config(asked: QuestionSet = BASE, languages: Sequence[str] = ("en",)) -> str:
    """Return the labelling screen as Label Studio's XML: face and photograph, claim, questions."""
    wordings = [WORDINGS[language] for language in languages]
    screen = ElementTree.Element("View")
    ElementTree.SubElement(screen, "Style").text = STYLE
    pictures = ElementTree.SubElement(screen, "View", className="ef-pictures")
    for name, value in ((CHOICES_OF, "$crop"), ("photo", "$photo")):
        beside = ElementTree.SubElement(pictures, "View", className="ef-picture")
        ElementTree.SubElement(beside, "Image", name=name, value=value, maxHeight="42vh")
    for language in languages:
        ElementTree.SubElement(screen, "Header", value=f"$claim_{language}", size="4")
    safe = _unless(screen, "unsafe", "yes")
    fitting = _unless(safe, "relevant", "no")
    for question in asked.questions:
        if question.attribute == "unsafe":
            place = screen
        elif question.attribute in NEEDED_FOR_ALL:
            place = safe
        else:
            place = fitting
        _ask(place, question, wordings)
    ElementTree.indent(screen)
    return ElementTree.tostring(screen, encoding="unicode")


def guide(languages: Sequence[str] = ("en",)) -> str:
    """Return the moderators' guide as HTML, one language after the other."""
    return "<hr>".join(
        "".join(f"<p>{escape(paragraph)}</p>" for paragraph in WORDINGS[language].guide)
        for language in languages
    )


def _unless(place: ElementTree.Element, attribute: str, value: str) -> ElementTree.Element:
    return ElementTree.SubElement(
        place,
        "View",
        visibleWhen="choice-unselected",
        whenTagName=attribute,
        whenChoiceValue=value,
    )


def _ask(place: ElementTree.Element, question: Question, wordings: Sequence[Wording]) -> None:
    name = question.attribute
    if question.only_after:
        place = ElementTree.SubElement(
            place,
            "View",
            visibleWhen="choice-selected",
            whenTagName=question.only_after[0],
            whenChoiceValue=question.only_after[1],
        )
    block = ElementTree.SubElement(place, "View", className="ef-question")
    texts = BETWEEN.join(wording.questions[name] for wording in wordings)
    ElementTree.SubElement(block, "Header", value=texts, size="5")
    required = "true" if question.required else "false"
    if question.is_number:
        ElementTree.SubElement(
            block,
            "Number",
            name=name,
            toName=CHOICES_OF,
            min="0",
            max=f"{MOST_YEARS:g}",
            step="any",
            required=required,
        )
        return
    choices = ElementTree.SubElement(
        block,
        "Choices",
        name=name,
        toName=CHOICES_OF,
        choice="single",
        required=required,
        showInline="true",
    )
    for choice in question.choices:
        shown = BETWEEN.join(
            dict.fromkeys(wording.choices[name][choice.value] for wording in wordings)
        )
        ElementTree.SubElement(
            choices, "Choice", value=shown, alias=choice.value, hotkey=choice.hotkey
        )
