"""The image store: bytes under the name of their content, in a folder or any fsspec place."""

from __future__ import annotations

import os
import secrets
import socket
from contextlib import suppress
from pathlib import Path

import fsspec
from fsspec import AbstractFileSystem
from fsspec.implementations.local import LocalFileSystem

from curation.errors import SettingsError, StoreError

PARTIAL = ".partial"  # below the root: what is not whole yet


class Store:
    """Files by key below one root: `images/ab/abcd….jpg`, `crops/12/1234….jpg`.

    The root is a folder or an fsspec URL such as `s3://bucket/prefix`. A file appears whole or
    not at all, and is written once: its key is made from its content.
    """

    def __init__(self, root: str | Path) -> None:
        self.root = str(root)
        try:
            self._files, self._base = fsspec.core.url_to_fs(self.root)
        except ImportError as error:
            s3 = (
                " (pip install 'evenface[s3]')" if self.root.startswith(("s3://", "s3a://")) else ""
            )
            raise SettingsError(
                f"store.url is {self.root}, which takes more: {error}{s3}"
            ) from None
        except ValueError:
            raise SettingsError(
                f"store.url is {self.root!r}, whose kind of place is not known; use a folder, or "
                "an address such as s3://bucket/prefix"
            ) from None
        self._faults = _faults(self._files)

    def __reduce__(self) -> tuple[type[Store], tuple[str]]:
        """Travel to worker processes by address."""
        return Store, (self.root,)

    @staticmethod
    def key(kind: str, name: str, extension: str) -> str:
        """Return the key of a file: kind, first two letters of the name, name, extension."""
        return f"{kind}/{name[:2]}/{name}.{extension}"

    @property
    def folder(self) -> Path | None:
        """The root as a local folder; None when the store is elsewhere."""
        return Path(self._base) if isinstance(self._files, LocalFileSystem) else None

    def put(self, key: str, content: bytes) -> bool:
        """Write `content` under `key` unless it is there; return whether it was written.

        Raises:
            StoreError: the store cannot be written.
        """
        path = self._path(key)
        try:
            if self._files.exists(path):
                return False
            if self.folder is None:  # object stores write whole objects, and know no folders
                self._files.pipe_file(path, content)
            else:
                self._write_whole(Path(path), content)
        except self._faults as error:
            raise self._not_written(error) from error
        return True

    def spool(self, name: str) -> Spool:
        """Return a folder for files on their way into the store, on its own disk if it has one."""
        folder = self.folder
        return Spool(folder / PARTIAL if folder else user_cache() / "spool", name)

    def adopt(self, key: str, file: Path) -> bool:
        """Move a whole file of a spool under `key`, unless it is there; the spool loses it.

        Raises:
            StoreError: the store cannot be written.
        """
        try:
            if self.folder is None:
                return self.put(key, file.read_bytes())
            path = Path(self._path(key))
            if path.exists():
                return False
            path.parent.mkdir(parents=True, exist_ok=True)
            file.rename(path)
        except self._faults as error:
            raise self._not_written(error) from error
        finally:
            file.unlink(missing_ok=True)
        return True

    def read(self, key: str) -> bytes:
        """Return the bytes under `key`.

        Raises:
            StoreError: there is no such file, or it cannot be read.
        """
        try:
            if self.folder is not None:  # past fsspec, which takes longer than the reading
                with Path(self._path(key)).open("rb", buffering=0) as file:
                    return file.readall()
            content = self._files.cat_file(self._path(key))
        except self._faults as error:
            raise StoreError(
                f"{key} is missing from the image store {self.root} or cannot be read: "
                f"{_why(error)}"
            ) from error
        assert isinstance(content, bytes)
        return content

    def exists(self, key: str) -> bool:
        """Return whether there is a file under `key`.

        Raises:
            StoreError: the store cannot be reached.
        """
        try:
            return bool(self._files.exists(self._path(key)))
        except self._faults as error:
            raise StoreError(
                f"the image store {self.root} cannot be read: {_why(error)}"
            ) from error

    def delete(self, key: str) -> bool:
        """Remove the file under `key`; return whether there was one.

        Raises:
            StoreError: it cannot be removed.
        """
        path = self._path(key)
        try:
            if not self._files.exists(path):
                return False
            self._files.rm_file(path)
        except FileNotFoundError:
            return False
        except self._faults as error:
            raise StoreError(
                f"{key} cannot be removed from the image store {self.root}: {_why(error)}"
            ) from error
        return True

    def delete_partial(self) -> None:
        """Remove what killed processes left half written. Nothing may be writing meanwhile.

        Raises:
            StoreError: a file cannot be removed.
        """
        if self.folder is None:
            return  # object stores write whole objects
        try:
            for path in (self.folder / PARTIAL).glob("*"):
                path.unlink(missing_ok=True)
        except OSError as error:
            raise StoreError(
                f"{self.root}/{PARTIAL} cannot be emptied: {error.strerror or error}"
            ) from error

    def _not_written(self, error: Exception) -> StoreError:
        return StoreError(
            f"the image store {self.root} cannot be written: {_why(error)}; "
            "see store.url in evenface.toml"
        )

    def _path(self, key: str) -> str:
        return f"{self._base}/{key}"

    def _write_whole(self, path: Path, content: bytes) -> None:
        # A process killed while it writes leaves its part here, never under a key.
        own_name = f"{path.name}.{os.getpid()}-{secrets.token_hex(4)}"
        partial = Path(self._base) / PARTIAL / own_name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            partial.parent.mkdir(exist_ok=True)
            with partial.open("xb") as file:
                file.write(content)
            partial.rename(path)
        finally:
            partial.unlink(missing_ok=True)


def _faults(files: AbstractFileSystem) -> tuple[type[Exception], ...]:
    """Return what a file system raises where it cannot be reached or refuses."""
    protocols = (files.protocol,) if isinstance(files.protocol, str) else files.protocol
    if "s3" not in protocols:
        return (OSError,)
    from botocore.exceptions import BotoCoreError  # no key, no region, nobody at the address

    return OSError, BotoCoreError


def _why(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)


class Spool:
    """A folder of one process for files that are not checked yet. Use it in a `with` block.

    What killed processes of this machine left in theirs is cleared away at the start.
    """

    def __init__(self, parent: Path, name: str) -> None:
        self._parent = parent
        self._prefix = f"{name}-{socket.gethostname()}-"
        self.folder = parent / f"{self._prefix}{os.getpid()}"
        self._number = 0

    def __enter__(self) -> Spool:
        """Make the folder.

        Raises:
            StoreError: it cannot be made.
        """
        try:
            self._parent.mkdir(parents=True, exist_ok=True)
            for left in self._parent.glob(f"{self._prefix}*"):
                if left == self.folder or not _runs(left.name.removeprefix(self._prefix)):
                    _clear(left)
            self.folder.mkdir()
        except OSError as error:
            raise StoreError(
                f"the folder {self._parent} cannot be written: {error.strerror or error}; "
                "see store.url in evenface.toml"
            ) from error
        return self

    def __exit__(self, *_: object) -> None:
        _clear(self.folder)

    def new(self) -> Path:
        """Return the path of a file that is not there yet."""
        self._number += 1
        return self.folder / str(self._number)


def user_cache() -> Path:
    """Return the folder in which this user keeps what may be made again."""
    named = os.environ.get("XDG_CACHE_HOME")
    return (Path(named) if named else Path.home() / ".cache") / "evenface"


def _runs(process: str) -> bool:
    try:
        os.kill(int(process), 0)
    except PermissionError:
        return True
    except (ValueError, OverflowError, ProcessLookupError):
        return False
    return True


def _clear(folder: Path) -> None:
    with suppress(OSError):
        for file in folder.iterdir():
            file.unlink(missing_ok=True)
        folder.rmdir()
