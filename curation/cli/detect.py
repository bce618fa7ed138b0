"""`curate detect`: find the faces."""

from __future__ import annotations

from curation.cli.options import (
    DryRunOption,
    EngineOption,
    LimitOption,
    RayAddressOption,
    WorkersOption,
    WorkspaceOption,
)


def detect(
    limit: LimitOption = None,
    dry_run: DryRunOption = False,
    workers: WorkersOption = 0,
    engine: EngineOption = None,
    ray_address: RayAddressOption = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Find the face of every stored image, and cut it out, upright, at 256 x 256 pixels.

    Images without a face, with several, or with one that is too small, turned away or blurred are
    set aside with that reason; `curate status` counts them. The section `detect` of evenface.toml
    says what counts as a face (min_face, min_score), what to do with several (several_faces), how
    far one may be turned and how sharp it must be (max_yaw, max_pitch, min_sharpness). Images that
    were looked at are not looked at again.

    Example: `curate detect --workers 4`
    """
    from curation.cli.running import run_stage
    from curation.faces.detect import DetectFaces
    from curation.workspace import open_workspace

    opened = open_workspace(workspace)
    stage = DetectFaces(opened.store, opened.settings.detect)
    run_stage(
        stage,
        opened,
        workers=workers,
        engine=engine,
        ray_address=ray_address,
        limit=limit,
        dry_run=dry_run,
    )
