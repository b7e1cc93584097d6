"""The functions of the repository, called in this process the way Lambda calls them.

Errors have the names that Step Functions sees from Lambda: the class of what the handler raised,
or one of `Runtime.…` and `Lambda.…` where it never came to that.
"""

import json
import sys
import threading
from collections.abc import Callable
from functools import cached_property
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import UUID

from strata.catalogue import BY_NAME
from strata.clock import Clock
from strata.local.arns import function_arn
from strata.local.failures import StateFailed, to_text
from strata.platform import Platform

DEFAULT_MEMORY_MB = 512
DEFAULT_TIMEOUT_SECONDS = 29

Handler = Callable[[Any, Any], Any]


class LocalContext:
    """Lambda's context object, and the platform that this invocation runs on."""

    def __init__(self, platform: Platform, name: str, *, clock: Clock) -> None:
        row = BY_NAME.get(name)
        self.platform = platform
        self.function_name = name
        self.function_version = "$LATEST"
        self.invoked_function_arn = function_arn(name)
        self.memory_limit_in_mb = row.memory if row else DEFAULT_MEMORY_MB
        self.log_group_name = f"/aws/lambda/{name}"
        self.log_stream_name = "local"
        self._clock = clock
        self._end = clock.monotonic() + (row.timeout if row else DEFAULT_TIMEOUT_SECONDS)

    @cached_property
    def aws_request_id(self) -> str:
        return new_uuid(self._clock)

    def get_remaining_time_in_millis(self) -> int:
        return max(0, round((self._end - self._clock.monotonic()) * 1000))


def new_uuid(clock: Clock) -> str:
    return str(UUID(bytes=clock.random_bytes(16), version=4))


class Functions:
    """The handlers in a folder with one folder for each function; a module is loaded once."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._folder = folder
        self._clock = clock
        self._handlers: dict[str, Handler] = {}
        self.platform: Platform | None = None
        """Set once it is whole: the platform has parts that call functions."""

    def module(self, name: str) -> ModuleType:
        """Raises FileNotFoundError, and whatever the module raises when it is loaded."""
        return _load(self._folder / name / "handler.py")

    def call(self, name: str, event: Any) -> Any:
        """What the handler returns, both ways through JSON. Raises StateFailed."""
        return json.loads(self.call_text(name, to_text(event)))

    def call_text(self, name: str, event: str) -> str:
        """The same from JSON text to JSON text."""
        handler = self._handler(name)
        try:
            answer = handler(json.loads(event), self._context(name))
        except Exception as error:
            raise _failure(type(error).__name__, str(error)) from error
        except BaseException as error:
            # What ends the process on Lambda must not end the whole platform here.
            raise _failure("Runtime.ExitError", "Runtime exited") from error
        try:
            text = to_text(answer)
            text.encode()
        except (TypeError, ValueError, RecursionError) as error:
            message = f"Unable to marshal response: {error}"
            raise _failure("Runtime.MarshalError", message) from error
        return text

    def _context(self, name: str) -> LocalContext:
        if self.platform is None:
            raise LookupError("The functions have no platform yet")
        return LocalContext(self.platform, name, clock=self._clock)

    def _handler(self, name: str) -> Handler:
        if name not in self._handlers:
            self._handlers[name] = self._find(name)
        return self._handlers[name]

    def _find(self, name: str) -> Handler:
        try:
            module = self.module(name)
        except FileNotFoundError as error:
            message = f"Function not found: {function_arn(name)}"
            raise StateFailed("Lambda.ResourceNotFoundException", message) from error
        except Exception as error:
            message = f"Unable to import module 'handler': {error}"
            raise _failure("Runtime.ImportModuleError", message) from error
        handler: Handler | None = getattr(module, "handler", None)
        if handler is None:
            raise _failure("Runtime.HandlerNotFound", "Handler 'handler' missing on module")
        return handler


def _failure(error: str, message: str) -> StateFailed:
    return StateFailed(error, to_text({"errorMessage": message, "errorType": error}))


_loaded: dict[Path, ModuleType] = {}
_loading = threading.RLock()


def _load(path: Path) -> ModuleType:
    """The module of a file, the same for every platform of this process."""
    path = path.resolve()
    with _loading:
        if path not in _loaded:
            _loaded[path] = _import(path)
        return _loaded[path]


def _import(path: Path) -> ModuleType:
    # Two folders may hold functions of one name: each is known by where it lies.
    name = str(path)
    spec = spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(path)
    module = module_from_spec(spec)
    # Dataclasses and pydantic look a module's names up here.
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module
