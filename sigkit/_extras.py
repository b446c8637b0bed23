"""The one place where an optional dependency is imported."""

import importlib
from types import ModuleType


def require(module: str, extra: str) -> ModuleType:
    """The module, or an ImportError that names the extra of sigkit-dsp to install."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise ImportError(f'{module} cannot be imported ({error}): pip install "sigkit-dsp[{extra}]"') from error
