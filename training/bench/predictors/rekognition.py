"""Predictor `rekognition`: Amazon Rekognition's DetectFaces, through boto3.

It states a range of ages and a gender with a confidence. Keys and region come from where boto3
looks for them (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_DEFAULT_REGION, or ~/.aws).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from curation.errors import InputError, TrainingError
from training.bench.predictors import PredictorOptions
from training.bench.predictors.service import (
    BusyError,
    RefusedError,
    ServiceFace,
    ServicePredictor,
)

BUSY = frozenset({"ThrottlingException", "ProvisionedThroughputExceededException",
                  "InternalServerError", "ServiceUnavailable"})  # fmt: skip
REFUSED = frozenset({"InvalidImageFormatException", "ImageTooLargeException",
                     "InvalidParameterException"})  # fmt: skip


class RekognitionPredictor(ServicePredictor):
    """DetectFaces with all attributes."""

    service: ClassVar[str] = "rekognition"
    version: ClassVar[str] = "DetectFaces-ALL"
    operator: ClassVar[str] = "Amazon Web Services"
    variables: ClassVar[tuple[str, ...]] = ()  # boto3 looks in several places
    age_rule = "middle of the stated range"

    def __init__(self, options: PredictorOptions) -> None:
        """Make the client; pictures are sent later.

        Raises:
            InputError: boto3, a key or a region is missing, or sending was not agreed to.
        """
        super().__init__(options)
        try:
            import boto3
            from botocore.config import Config
            from botocore.exceptions import BotoCoreError
        except ModuleNotFoundError:
            raise InputError("the predictor rekognition needs boto3: pip install boto3") from None
        try:
            session = boto3.Session()
            if session.get_credentials() is None:
                raise InputError(
                    "rekognition needs a key: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
                )
            # We do the waiting ourselves, and count it.
            once = Config(retries={"total_max_attempts": 1})
            self._client = session.client("rekognition", config=once)
        except BotoCoreError as error:
            raise InputError(f"rekognition cannot be asked: {error}") from None

    @classmethod
    def open(cls, options: PredictorOptions, folds: Sequence[str]) -> RekognitionPredictor:
        """Make the client.

        Raises:
            InputError: as the constructor.
        """
        return cls(options)

    def ask(self, content: bytes) -> dict[str, Any]:
        """Send one picture to DetectFaces."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            answer = self._client.detect_faces(Image={"Bytes": content}, Attributes=["ALL"])
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code in BUSY:
                raise BusyError from None
            if code in REFUSED:
                raise RefusedError(code) from None
            raise TrainingError(f"rekognition refuses: {code}") from None
        except BotoCoreError:  # no connection, no answer in time
            raise BusyError from None
        return {"FaceDetails": answer["FaceDetails"]}

    def faces(self, answer: dict[str, Any], size: tuple[int, int]) -> list[ServiceFace]:
        """Return the faces; boxes are given as shares of the picture."""
        width, height = size
        found = []
        for face in answer["FaceDetails"]:
            box, gender, ages = face["BoundingBox"], face["Gender"], face["AgeRange"]
            sure = gender["Confidence"] / 100
            left, top = box["Left"] * width, box["Top"] * height
            found.append(
                ServiceFace(
                    box=(left, top, left + box["Width"] * width, top + box["Height"] * height),
                    female_probability=sure if gender["Value"] == "Female" else 1 - sure,
                    age_range=(float(ages["Low"]), float(ages["High"])),
                )
            )
        return found
