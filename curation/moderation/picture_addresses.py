"""How pictures of the store come to the moderators' browsers.

- A folder: Label Studio serves the files itself, to whoever is logged in.
- A bucket (`s3://`): tasks name the object, and Label Studio signs an address that is good for an
  hour whenever one is looked at. The pictures themselves go from the bucket to the browser.
- Anywhere else that `label_studio.image_url` names: whoever serves them there must allow other
  pages to show them (CORS).
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import quote, urlsplit

from curation.errors import SettingsError
from curation.moderation.label_studio import Bucket
from curation.settings import LabelStudioSettings
from curation.workspace import Workspace

LOCAL_FILES = "/data/local-files/"
PICTURE_KINDS = ("crops", "images")  # the folders of the store that moderators see


class Pictures(Protocol):
    """Knows the address of a picture by its key in the store."""

    def url(self, key: str) -> str:
        """Return the address that a task carries."""
        ...


@dataclass(frozen=True)
class Elsewhere:
    """Pictures that somebody else serves; `template` holds `{key}`."""

    template: str

    def url(self, key: str) -> str:
        """Return the address with the key filled in."""
        return self.template.replace("{key}", quote(key))


@dataclass(frozen=True)
class ServedFolder(Elsewhere):
    """Pictures that Label Studio serves from a folder."""

    workspace: Workspace
    own_server: bool

    def folders(self) -> list[str]:
        """Return the folders to serve, as the server sees them.

        Raises:
            SettingsError: nobody knows where that server sees the store.
        """
        root = self._root()
        return [f"{root}/{kind}" for kind in PICTURE_KINDS]

    def _root(self) -> str:
        settings = self.workspace.settings.label_studio
        if settings.document_root:
            return settings.document_root.rstrip("/")
        if not self.own_server:
            raise SettingsError(
                f"Label Studio at {settings.url.rstrip('/')} has to reach the pictures: set "
                "label_studio.document_root to the store's folder as that server sees it, or "
                "label_studio.image_url to where it finds them"
            )
        folder = self.workspace.store.folder
        if folder is None:
            raise SettingsError(
                f"the image store {self.workspace.store.root} is no folder that Label Studio could "
                "serve; set label_studio.image_url to where browsers find {key}"
            )
        for kind in PICTURE_KINDS:
            (folder / kind).mkdir(parents=True, exist_ok=True)
        return str(folder.resolve())


@dataclass(frozen=True)
class ServedBucket:
    """Pictures in a bucket, with the key that signs their addresses."""

    root: str  # s3://bucket/prefix
    settings: LabelStudioSettings

    def url(self, key: str) -> str:
        """Return the object's name; the server makes a signed address of it."""
        return f"{self.root}/{key}"

    def bucket(self) -> Bucket:
        """Return the bucket, with keys from the settings or else from the environment.

        The server keeps them: give it a key that may read this bucket, and nothing else.
        """
        where = urlsplit(self.root)
        own = bool(self.settings.s3_access_key)
        return Bucket(
            name=where.netloc,
            prefix=where.path.strip("/"),
            access_key=self.settings.s3_access_key or os.environ.get("AWS_ACCESS_KEY_ID", ""),
            secret_key=self.settings.s3_secret_key or os.environ.get("AWS_SECRET_ACCESS_KEY", ""),
            session_token="" if own else os.environ.get("AWS_SESSION_TOKEN", ""),
            region=os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "",
            endpoint=self.settings.s3_endpoint
            or os.environ.get("AWS_ENDPOINT_URL_S3")
            or os.environ.get("AWS_ENDPOINT_URL", ""),
            minutes=self.settings.s3_minutes,
        )


def pictures_of(workspace: Workspace, *, own_server: bool) -> Pictures:
    """Return how the pictures of a workspace's store are reached."""
    settings = workspace.settings.label_studio
    root = str(workspace.store.root).rstrip("/")
    if settings.image_url.startswith("s3://"):
        return ServedBucket(settings.image_url.removesuffix("/{key}"), settings)
    if root.startswith("s3://") and settings.image_url == LabelStudioSettings().image_url:
        return ServedBucket(root, settings)
    if settings.image_url.startswith(LOCAL_FILES):
        return ServedFolder(settings.image_url, workspace, own_server)
    return Elsewhere(settings.image_url)


def hosts_to_reach(workspace: Workspace) -> list[str]:
    """Return the hosts that the workspace's own server has to speak to; usually none."""
    hosts = ["127.0.0.1"] if workspace.settings.label_studio.hooks else []
    pictures = pictures_of(workspace, own_server=True)
    if isinstance(pictures, ServedBucket):
        endpoint = urlsplit(pictures.bucket().endpoint).hostname
        hosts.append(endpoint or ".amazonaws.com")
    return hosts
