"""Modules that are loaded when something in them is first used: a table in a terminal does not wait for a drawing."""

import sys
from importlib.util import LazyLoader, find_spec, module_from_spec
from types import ModuleType


def deferred(name: str) -> ModuleType:
    """The module of this name, imported by the first look into it.

    Raises:
        ModuleNotFoundError: There is none; said at once, not at first use.
    """
    if name in sys.modules:
        return sys.modules[name]
    spec = find_spec(name)
    if spec is None or spec.loader is None:
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)
    spec.loader = LazyLoader(spec.loader)
    module = module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module
