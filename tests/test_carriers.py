"""A carrier that is made fast is in all that is used of it the NamedTuple of typing."""

from __future__ import annotations

import copy
import pickle
import typing
from typing import Any

import pytest

from leadcli.model import carriers


class Fast(carriers.NamedTuple):
    """Three places."""

    name: str
    count: int = 2  # type: ignore[assignment]
    more: tuple[str, ...] = ()

    @property
    def loud(self) -> str:
        return self.name.upper()


class Usual(typing.NamedTuple):
    name: str
    count: int = 2  # type: ignore[assignment]
    more: tuple[str, ...] = ()


GIVEN: list[tuple[tuple[Any, ...], dict[str, Any]]] = [
    (("a",), {}),
    (("a", 3), {}),
    (("a", 3, ("x",)), {}),
    ((), {"name": "a", "more": ("x",)}),
    (("a",), {"count": 5}),
]
WRONG: list[tuple[tuple[Any, ...], dict[str, Any]]] = [
    ((), {}),
    ((), {"count": 1}),
    (("a", 1, (), 4), {}),
    (("a",), {"name": "b"}),
    (("a",), {"other": 1}),
    (("a", 1, ()), {"other": 1}),
]


@pytest.mark.parametrize(("values", "named"), GIVEN)
def test_it_holds_what_the_usual_one_holds(values: tuple[Any, ...], named: dict[str, Any]) -> None:
    fast, usual = Fast(*values, **named), Usual(*values, **named)
    assert fast == usual
    assert hash(fast) == hash(usual)
    assert (fast.name, fast.count, fast.more) == tuple(usual)
    assert repr(fast) == repr(usual).replace("Usual", "Fast")
    assert fast._replace(count=9) == usual._replace(count=9)
    assert type(fast._replace(name="b")) is Fast
    assert fast._asdict() == usual._asdict()
    assert Fast._make(usual) == fast
    assert fast.loud == "A"


@pytest.mark.parametrize(("values", "named"), WRONG)
@pytest.mark.parametrize("kind", [Fast, Usual])
def test_it_refuses_what_the_usual_one_refuses(kind: Any, values: tuple[Any, ...], named: dict[str, Any]) -> None:
    with pytest.raises(TypeError):
        kind(*values, **named)


def test_it_is_never_changed_and_can_be_copied_and_sent() -> None:
    fast = Fast("a", more=("x",))
    with pytest.raises(AttributeError):
        fast.name = "b"  # type: ignore[misc]
    for again in (copy.copy(fast), copy.deepcopy(fast), pickle.loads(pickle.dumps(fast))):
        assert again == fast
        assert type(again) is Fast
    match fast:
        case Fast(name, 2, (first,)):
            assert (name, first) == ("a", "x")
        case _:
            pytest.fail("a pattern by place does not match")
