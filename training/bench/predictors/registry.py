"""Which predictors there are, and what each needs. Light, as the registry of protocols is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PredictorEntry:
    """One way of getting predictions."""

    name: str
    title: str
    target: str  # "module:class", imported when used
    takes: tuple[str, ...]  # fields of `PredictorOptions` that it understands
    needs: tuple[str, ...]  # those that it cannot do without
    requires: str = ""  # package, key or account, and how to get it
    elsewhere: str = ""  # where the answers come from, if they are not computed here


SERVICE = ("cache", "rate", "send_pictures")
ASKED = "are paid for at a service, behind a network"

_ENTRIES = (
    PredictorEntry(
        name="checkpoint",
        title="a network of `train fit`, or one per fold",
        target="training.bench.predictors.checkpoint:CheckpointPredictor",
        takes=("checkpoint", "device", "batch_size", "estimate", "embeddings"),
        needs=("checkpoint",),
    ),
    PredictorEntry(
        name="onnx",
        title="a network of `train export --onnx`",
        target="training.bench.predictors.onnx:OnnxPredictor",
        takes=("model", "device", "batch_size", "estimate"),
        needs=("model",),
        requires="onnxruntime (pip install 'evenface[onnx]')",
    ),
    PredictorEntry(
        name="file",
        title="a CSV or Parquet file with the predictions of any system",
        target="training.bench.predictors.file:FilePredictor",
        takes=("predictions",),
        needs=("predictions",),
        elsewhere="are read from a file",
    ),
    PredictorEntry(
        name="rekognition",
        title="Amazon Rekognition DetectFaces: gender, a range of ages",
        target="training.bench.predictors.rekognition:RekognitionPredictor",
        takes=SERVICE,
        needs=(),
        elsewhere=ASKED,
        requires="boto3 (pip install boto3), AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and a region",
    ),
    PredictorEntry(
        name="facepp",
        title="Face++ Detect: gender, age",
        target="training.bench.predictors.facepp:FacePlusPlusPredictor",
        takes=SERVICE,
        needs=(),
        elsewhere=ASKED,
        requires="EVENFACE_FACEPP_KEY and EVENFACE_FACEPP_SECRET",
    ),
    PredictorEntry(
        name="clarifai",
        title="Clarifai's demographic models: gender, age groups",
        target="training.bench.predictors.clarifai:ClarifaiPredictor",
        takes=SERVICE,
        needs=(),
        elsewhere=ASKED,
        requires="EVENFACE_CLARIFAI_KEY",
    ),
    PredictorEntry(
        name="deepface",
        title="DeepFace's age and gender models",
        target="training.bench.predictors.deepface:DeepFacePredictor",
        takes=("batch_size",),
        needs=(),
        requires="deepface (pip install deepface), its weights are fetched by itself",
    ),
    PredictorEntry(
        name="insightface",
        title="InsightFace's genderage model",
        target="training.bench.predictors.insightface:InsightFacePredictor",
        takes=("device", "model"),
        needs=(),
        requires="insightface (pip install insightface onnxruntime), its model pack",
    ),
    PredictorEntry(
        name="mivolo",
        title="MiVOLO, shown the face alone",
        target="training.bench.predictors.mivolo:MivoloPredictor",
        takes=("model", "device", "batch_size"),
        needs=("model",),
        requires="mivolo (from its repository) and its checkpoint",
    ),
)

PREDICTORS: dict[str, PredictorEntry] = {entry.name: entry for entry in _ENTRIES}
