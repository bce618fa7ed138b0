"""Packages that not everybody needs: importing one, or saying in a sentence how to get it."""

from __future__ import annotations

import importlib
from types import ModuleType

from curation.errors import InputError

ONNX_EXTRA = "pip install 'evenface[onnx]'"


def onnx_package(name: str, what: str) -> ModuleType:
    """Return the module `name` of the extra `onnx`, which `what` needs.

    Raises:
        InputError: it is not installed; says how to install it.
    """
    try:
        return importlib.import_module(name)
    except ImportError as error:
        package = name.partition(".")[0]
        raise InputError(f"{what} needs the package {package}: {ONNX_EXTRA} ({error})") from None
