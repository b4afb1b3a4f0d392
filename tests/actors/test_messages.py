"""Every message survives its way through bytes, and is documented."""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import is_dataclass
from typing import Any, Literal, NewType, get_args, get_origin, get_type_hints

import msgpack
import msgspec
import pytest

from actors import messages
from actors.messages import Message, pack, unpack
from actors.thespian.envelope import Envelope, has_expired, seal, unseal
from trading.actions import Action
from trading.market import PriceRange

KINDS = sorted(Message.__subclasses__(), key=lambda kind: kind.__name__)


def example(annotation: Any) -> Any:
    """Some value of that type, none of them empty."""
    simple = {
        int: -(2**40),
        float: 0.5,
        str: "ÿ→\n",
        bytes: b"\x00\xff",
        bool: True,
        Any: [1, "x", None, 2.5],
    }
    if annotation in simple:
        return simple[annotation]
    if isinstance(annotation, NewType):
        return example(annotation.__supertype__)
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is list:
        return [example(arguments[0])] * 2
    if origin is tuple:
        if arguments[-1] is ...:
            return (example(arguments[0]),) * 2
        return tuple(example(argument) for argument in arguments)
    if origin in (dict, Mapping):
        return {example(arguments[0]): example(arguments[1])}
    if origin is types.UnionType:
        return example(arguments[0])
    if origin is Literal:
        return arguments[0]
    if issubclass(annotation, Action):
        return Action.SELL_NO
    if annotation is PriceRange:
        return PriceRange(0, 10_000, 100)
    if issubclass(annotation, msgspec.Struct | tuple) or is_dataclass(annotation):
        return annotation(*(example(hint) for hint in get_type_hints(annotation).values()))
    raise AssertionError(f"no example of {annotation}")


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_a_message_comes_out_of_its_envelope_as_it_went_in(kind):
    message = kind(*(example(hint) for hint in get_type_hints(kind).values()))

    envelope = seal(message, expires_s=60, origin=("page", 1))

    assert unseal(envelope) == message


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_message_is_in_the_table(kind):
    assert kind.__name__ in messages.__doc__ or kind is messages.Poke


def test_an_unknown_kind_and_a_wrong_shape_are_told_apart():
    with pytest.raises(KeyError):
        unpack("Nonsense", pack(messages.Ping(1)))
    with pytest.raises(ValueError, match="Ping"):
        unpack("Ping", msgpack.packb({"number": "one"}))
    with pytest.raises(ValueError, match="Ping"):
        unpack("Ping", b"\xc1")


def test_an_envelope_prints_as_its_kind_alone():
    envelope = seal(messages.Stopped("a long name" * 100), expires_s=1, origin=("x", 1))

    assert str(envelope) == repr(envelope) == "Stopped"


@pytest.mark.parametrize(("expires_s", "expired"), [(60.0, False), (-0.001, True)])
def test_an_envelope_expires_at_its_time(expires_s, expired):
    assert has_expired(seal(messages.Ping(1), expires_s=expires_s, origin=("x", 1))) is expired


def test_an_envelope_is_rebuilt_from_its_parts():
    envelope = seal(messages.Ping(7), expires_s=9, origin=("Supervisor", 3), number=5)

    rebuild, parts = envelope.__reduce__()
    copy = rebuild(*parts)

    assert isinstance(copy, Envelope)
    assert [getattr(copy, name) for name in Envelope.__slots__] == [
        getattr(envelope, name) for name in Envelope.__slots__
    ]
