"""The notifier of the embedded platform: letters are kept, for `strata outbox` to show."""

import json
from pathlib import Path

from strata.clock import Clock, timestamp
from strata.ports import Letter


class Outbox:
    """`strata.ports.Notifier`; one JSON line per letter, readable by its owner alone."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path, self._clock = path, clock

    def send(self, letter: Letter) -> None:
        told = {
            "at": timestamp(self._clock.now()),
            "to": letter.to,
            "subject": letter.subject,
            "text": letter.text,
        }
        self._path.touch(mode=0o600, exist_ok=True)
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(told, ensure_ascii=False) + "\n")

    def letters(self) -> list[dict[str, str]]:
        """Oldest first."""
        if not self._path.exists():
            return []
        return [json.loads(line) for line in self._path.read_text("utf-8").splitlines()]
