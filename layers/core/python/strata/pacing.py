"""Work in bounded steps: whoever comes by does some of it, and leaves the rest to others."""


class Paused(Exception):
    """The steps are used up; what is left is found again by whoever goes on."""


class Pace:
    """So many steps, each about one call of the table or of the blobs."""

    def __init__(self, steps: int) -> None:
        self._left = steps

    def take(self, steps: int = 1) -> None:
        """Raises Paused once they are used up."""
        if self._left < steps:
            raise Paused
        self._left -= steps
