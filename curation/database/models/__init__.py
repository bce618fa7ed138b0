"""The tables. Words as in the documentation: source, post, image, face, label, vote, verdict.

Ids are derived from content (`curation.identity.content_id`; an image's id is its SHA-256), so
writing the same row twice is recognised by its primary key. Partial indexes serve the question
that every stage asks first: which rows are ready for me?
"""

from curation.database.models.base import Base, UtcDateTime
from curation.database.models.collected import (
    Claim,
    DuplicatePair,
    Face,
    Image,
    Label,
    Media,
    Post,
    Rejection,
    Source,
)
from curation.database.models.consensus import AgeBias, Confusion, ConsensusModel
from curation.database.models.erased import Erasure, ErasureWork, Tombstone
from curation.database.models.moderated import (
    Annotation,
    Moderator,
    Project,
    Task,
    Verdict,
    Vote,
)
from curation.database.models.moderators import Gold, ModeratorChange
from curation.database.models.released import (
    DatasetVersion,
    ReplacedVersion,
    Sample,
)
from curation.database.models.sources import ApiUsage, HashtagQuery, SourceCursor

__all__ = [
    "AgeBias",
    "Annotation",
    "ApiUsage",
    "Base",
    "Claim",
    "Confusion",
    "ConsensusModel",
    "DatasetVersion",
    "DuplicatePair",
    "Erasure",
    "ErasureWork",
    "Face",
    "Gold",
    "HashtagQuery",
    "Image",
    "Label",
    "Media",
    "Moderator",
    "ModeratorChange",
    "Post",
    "Project",
    "Rejection",
    "ReplacedVersion",
    "Sample",
    "Source",
    "SourceCursor",
    "Task",
    "Tombstone",
    "UtcDateTime",
    "Verdict",
    "Vote",
]
