"""Blocks that only tests know: what they do is the test's to say, and how often is counted."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from strata.model.block import Block, Context, Example, Values

Step = BaseException | Callable[[Values, Context], Values]


def hand_on(values: Values, _: Context) -> Values:
    return {"value": values["value"]}


def block(
    name: str,
    run: Callable[[Values, Context], Values],
    *,
    inputs: Mapping[str, Any] | None = None,
    outputs: Mapping[str, Any] | None = None,
    required: tuple[str, ...] = ("value",),
    has_effect: bool = False,
    may_hang: bool = False,
    is_light: bool = False,
) -> Block:
    """Pins take any value; without more it has `value` in and out."""
    return Block(
        name=name,
        title=name.title(),
        description="A block of the tests.",
        category="test",
        inputs={"value": {}} if inputs is None else inputs,
        outputs={"value": {}} if outputs is None else outputs,
        run=run,
        example=Example({"value": 1}, {"value": 1}),
        required=required,
        has_effect=has_effect,
        may_hang=may_hang,
        is_light=is_light,
    )


def heavy(name: str) -> Block:
    """The block of the registry as if it took its time: claimed first, and alone in its Task."""
    from strata.blocks import registry

    return replace(registry()[name], is_light=False)


class Probe:
    """The block `probe`: its runs do what the steps say, one after the other, the later ones hand
    the value on. `runs` keeps the values that each was given, `keys` the idempotency keys."""

    def __init__(
        self,
        *steps: Step,
        has_effect: bool = False,
        may_hang: bool = False,
        is_light: bool = False,
    ) -> None:
        self.runs: list[Values] = []
        self.keys: list[str] = []
        self._steps = list(steps)
        self._guard = threading.Lock()
        self.block = block(
            "probe", self._run, has_effect=has_effect, may_hang=may_hang, is_light=is_light
        )

    def then(self, *steps: Step) -> None:
        """More steps, for a test that knows them only now."""
        self._steps += steps

    def _run(self, values: Values, context: Context) -> Values:
        with self._guard:
            self.runs.append(values)
            self.keys.append(context.idempotency_key)
            step: Step = self._steps.pop(0) if self._steps else hand_on
        if isinstance(step, BaseException):
            raise step
        return step(values, context)
