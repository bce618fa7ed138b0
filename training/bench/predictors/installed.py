"""Systems of others that run here, where they are installed: importing them, or saying how to."""

from __future__ import annotations

import importlib
from importlib.metadata import PackageNotFoundError, version
from types import ModuleType

from curation.errors import InputError


def module(predictor: str, name: str, how: str) -> ModuleType:
    """Return the module `name` of another's package.

    Raises:
        InputError: it is not installed, or does not import; says how to install it.
    """
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise InputError(f"the predictor {predictor} needs {how} ({error})") from None


def versions(*packages: str) -> dict[str, str]:
    """Return the versions of packages, "unknown" where a package does not say."""
    found = {}
    for package in packages:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "unknown"
    return found
