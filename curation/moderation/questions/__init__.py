"""What moderators are asked about one face, how it is shown to them, and how answers are read.

    asked.py       the questions, their values and keys; the set of them and its version
    claims.py      the claimed age with its band, and the data of a task
    screen.py      Label Studio's labelling screen and the guide, in one language or several
    answers.py     what an annotation says, checked value by value
    wording.py     what a language has to say; english.py, russian.py, spanish.py say it

A vote is a value (`too_young`), never a text on the screen, and a task carries its claim in every
language. So languages are presentation: the same project may be shown in Russian today and in
English and Spanish tomorrow, and all of its votes are votes on the same questions. What changes the
questions themselves (an attribute, a value, the English wording, the band of ages) is another
version, and another Label Studio project.
"""

from curation.moderation.questions.answers import Answer, read_answer, result_of
from curation.moderation.questions.asked import (
    AGE,
    BASE,
    BY_ATTRIBUTE,
    CHOICES_OF,
    IRRELEVANT_BECAUSE,
    MOST_YEARS,
    QUESTIONS,
    RACE,
    UNSAFE,
    Choice,
    Question,
    QuestionSet,
    question_set,
    version,
)
from curation.moderation.questions.claims import EXTERNAL_ID, age_band, age_in_words, task_data
from curation.moderation.questions.screen import guide, labelling_config

__all__ = [
    "AGE",
    "BASE",
    "BY_ATTRIBUTE",
    "CHOICES_OF",
    "EXTERNAL_ID",
    "IRRELEVANT_BECAUSE",
    "MOST_YEARS",
    "QUESTIONS",
    "RACE",
    "UNSAFE",
    "Answer",
    "Choice",
    "Question",
    "QuestionSet",
    "age_band",
    "age_in_words",
    "guide",
    "labelling_config",
    "question_set",
    "read_answer",
    "result_of",
    "task_data",
    "version",
]
