"""Packages that not everybody needs: importing one, or saying in a sentence how to get it."""

from __future__ import annotations

import importlib
from types import ModuleType

from curation.errors import InputError

ONNX_EXTRA = "pip install 'evenface[onnx]'"
TRAINING_EXTRA = "pip install 'evenface[training]'"


def needed_package(name: str, what: str, extra: str) -> ModuleType:
    """Return the module `name`, which `what` needs; `extra` is the command that installs it.

    Raises:
        InputError: it is not installed; says how to install it.
    """
    try:
        return importlib.import_module(name)
    except ImportError as error:
        package = name.partition(".")[0]
        raise InputError(f"{what} needs the package {package}: {extra} ({error})") from None


def onnx_package(name: str, what: str) -> ModuleType:
    """Return the module `name` of the extra `onnx`, which `what` needs.

    Raises:
        InputError: it is not installed; says how to install it.
    """
    return needed_package(name, what, ONNX_EXTRA)
