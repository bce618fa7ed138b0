"""What runs on the machines of a Ray cluster: one stage, opened once, batch after batch."""

from __future__ import annotations

import pickle
from importlib.metadata import version
from typing import Any

from curation.engines.ray_settings import SharedStore
from curation.errors import EvenfaceError


def our_version() -> str:
    """Return the version of Evenface that is installed on this machine."""
    return version("evenface")


class RayWorker:
    """Works on batches for Ray Data, which makes one for each place in its pool of actors.

    A row is {"number": int, "items": bytes}; it becomes {"number": int, "outcomes": bytes}, both
    pickled. An error is an outcome too, so that it arrives as what it is and not wrapped in a
    traceback of another machine.
    """

    def __init__(self, stage: bytes, wanted_version: str, shared: SharedStore | None) -> None:
        self._failure: Exception | None = None
        try:
            if our_version() != wanted_version:
                raise EvenfaceError(
                    f"a machine of the Ray cluster has evenface {our_version()}, this one has "
                    f"{wanted_version}; install the same version on both"
                )
            if shared:
                shared.require()
            self._stage = pickle.loads(stage)
            self._stage.open()
        except Exception as error:  # noqa: BLE001 - raised again where the run is
            self._failure = error

    def __call__(self, row: dict[str, Any]) -> dict[str, Any]:
        """Work on one batch."""
        return {"number": row["number"], "outcomes": pickle.dumps(self._outcomes(row["items"]))}

    def _outcomes(self, items: bytes) -> Any:
        if self._failure:
            return self._failure
        try:
            return self._stage.process(pickle.loads(items))
        except Exception as error:  # noqa: BLE001 - raised again where the run is
            return error
