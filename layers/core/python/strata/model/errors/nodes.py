"""Failures of nodes: never an answer."""


class NodeError(Exception):
    """A node cannot do its work: a stable code, a sentence, and whether another try may help."""

    def __init__(self, code: str, message: str, *, retryable: bool = False) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.retryable = retryable


class InvalidInput(NodeError):
    """The value on an input pin does not fit; the message names the pin."""

    def __init__(self, pin: str, message: str) -> None:
        super().__init__("invalid_input", f"Input '{pin}' {message}")
        self.pin = pin


class NodeFailed(Exception):
    """Ends a state machine: a node has failed for good. Never retried by the machine."""


class NodeRetry(Exception):
    """Asks the state machine for another attempt of a node."""
