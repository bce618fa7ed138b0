"""The questions in English, which are what the questions mean."""

from __future__ import annotations

from curation.moderation.questions.wording import Wording

WORDING = Wording(
    name="English",
    questions={
        "gender": "Gender",
        "age_fits": "Does the claimed age fit?",
        "age": "How old does the person look, in years?",
        "race": "Perceived group",
        "relevant": "One real, visible person (a child, if the claim is a child's)?",
        "irrelevant": "Why not? (optional)",
        "unsafe": "Not for anybody's eyes?",
    },
    choices={
        "gender": {"female": "female", "male": "male", "unclear": "can't tell"},
        "age_fits": {
            "yes": "yes, it fits",
            "too_young": "no, looks younger",
            "too_old": "no, looks older",
            "unclear": "can't tell",
        },
        "race": {
            "White": "White",
            "Black": "Black",
            "Indian": "Indian",
            "East Asian": "East Asian",
            "Southeast Asian": "Southeast Asian",
            "Middle Eastern": "Middle Eastern",
            "Latino_Hispanic": "Latino or Hispanic",
            "unclear": "can't tell",
        },
        "relevant": {"yes": "yes", "no": "no"},
        "irrelevant": {
            "drawing": "drawing or game",
            "statue": "statue or doll",
            "screen": "screenshot",
            "collage": "collage",
            "several": "several people",
            "hidden": "face hidden",
            "adult": "adult, claim says child",
            "other": "something else",
        },
        "unsafe": {"yes": "unsafe: sexual, violent, or harms a child"},
    },
    claim="Claimed age:",
    band="± {width} ({low} to {high})",
    child=", a child",
    years=lambda number: "year" if number == 1 else "years",
    months=lambda number: "month" if number == 1 else "months",
    decimal=".",
    guide=(
        "Look at the face first, then at the whole picture. Answer what you see; you need not "
        "know. Nobody sees your answers, and you do not see those of others.",
        "Gender: what the person looks like. Where two people would not agree, say that you "
        "can't tell.",
        "Age: the claim stands above, with the range that still fits. Somebody who looks younger "
        "than the whole range looks younger; do not guess the age itself.",
        "Relevant is a photograph of one real person whose face can be seen. Not relevant are "
        "drawings, games, statues, dolls, screenshots, collages, several people of the same "
        "size, and a parent where the claim is that of a child.",
        "Unsafe: sexual, cruel, or harmful to a child. One such answer takes the picture away at "
        "once, and nobody else is shown it. Nothing else needs to be answered then.",
        "Every answer has a key, shown beside it. Ctrl and Enter send the answers. The same key "
        "again takes an answer back.",
    ),
)
