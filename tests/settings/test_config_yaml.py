"""Any bytes are read or refused at a place, and their number bounds the cost."""

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from settings import config_yaml
from settings.config_file import load
from settings.config_scalars import write_value
from settings.config_tree import ConfigError
from settings.config_yaml import MOST_BYTES, MOST_DEEP, MOST_LINES, NotReadable, read_yaml

FEW = 500  # values
NESTED = "".join(f"l{i}: &l{i} [{', '.join([f'*l{i - 1}'] * 9)}]\n" for i in range(1, 30))

REFUSED = {
    "a list of lists of lists of references": (f"l0: &l0 [a]\n{NESTED}", 1, 5, "anchor &l0"),
    "a reference to nothing": ("a: *b", 1, 4, "alias *b"),
    "a tag": ("a: 1\nb: !!python/object:os.system {}", 2, 4, "tag tag:yaml.org"),
    "a tag that asks for text": ("a: ! 1", 1, 4, "tag !"),
    "10,000 lists inside each other": ("a:\n " + "[" * 10_000, 2, 1 + MOST_DEEP, "levels deep"),
    "10,000 mappings inside each other": ("{a: " * 10_000, 1, 1 + 4 * MOST_DEEP, "levels deep"),
    "10,000 lists of a block": ("- " * 10_000, 1, 1 + 2 * MOST_DEEP, "levels deep"),
    "a NUL": ("a: 1\nb: \0", 2, 4, "U+0000"),
    "an escape sequence": ("a: 1\n\x1b[2J", 2, 1, "U+001B"),
    "text that runs the other way": ("a: '\u202e'", 1, 5, "U+202E"),
    "an escape sequence in quotes": ('a: "\\e[2J"', 1, 4, "U+001B"),
    "half a character": ('a: "\\ud800"', 1, 4, "U+D800"),
    "a character beyond the last": ('a: "\\UFFFFFFFF"', 1, 7, "no such character"),
    "a version beyond all": (f"%YAML {'9' * 5000}.1\n", 1, 7, "not YAML"),
    "a key that is a list": ("? [a, b]\n: 1", 1, 3, "a key must be one word"),
    "another document": ("a: 1\n---\nb: 1", 2, 1, "a second document"),
    "too many bytes": ("#" * (MOST_BYTES + 1), 1, 1, "longer than 1,000,000 bytes"),
    "too many lines": ("\n" * MOST_LINES, MOST_LINES, 1, "more than 25,000 lines"),
}


@pytest.mark.parametrize(("text", "line", "column", "why"), REFUSED.values(), ids=REFUSED)
def test_what_would_cost_or_mislead_is_refused_at_its_place(text, line, column, why):
    with pytest.raises(NotReadable) as caught:
        read_yaml(text.encode())

    assert (caught.value.line, caught.value.column) == (line, column)
    assert why in caught.value.text


@pytest.mark.parametrize(
    ("raw", "line", "column"),
    [(b"\xff\xfea\x00", 1, 1), (b"a: 1\nb: \xc3\x28", 2, 4), ("a: é".encode("latin-1"), 1, 4)],
)
def test_bytes_that_are_no_text_are_refused_at_their_place(raw, line, column):
    with pytest.raises(NotReadable, match="not UTF-8 text") as caught:
        read_yaml(raw)

    assert (caught.value.line, caught.value.column) == (line, column)


def test_a_mark_of_the_byte_order_is_no_mistake():
    assert read_yaml("\ufeffa: 1".encode()).pairs[0][0].text == "a"


@pytest.fixture
def events_taken(monkeypatch):
    """The number of events that the parser was asked for."""
    taken = []

    class Counting(yaml.SafeLoader):
        def get_event(self):
            taken.append(1)
            return super().get_event()

    monkeypatch.setattr(config_yaml.yaml, "SafeLoader", Counting)
    return taken


@pytest.mark.parametrize(
    ("text", "most"),
    [
        (f"l0: &l0 [a]\n{NESTED}", 6),
        ("[" * 100_000, 4 + MOST_DEEP),
        ("[" + "a," * 200_000, 5 + FEW),
    ],
    ids=["references", "depth", "values"],
)
def test_what_is_refused_is_read_no_further(events_taken, monkeypatch, text, most):
    monkeypatch.setattr(config_yaml, "MOST_VALUES", FEW)
    with pytest.raises(NotReadable):
        read_yaml(text.encode())

    assert len(events_taken) <= most


def problems_of(path):
    """The faults of a configuration, by the only exception that reading one raises."""
    try:
        load(str(path))
    except ConfigError as error:
        return error.problems
    return ()


_PIECES = (
    "a", "é", "0", " ", "\n", "  ", "- ", ": ", "? ", "[", "]", "{", "}", ",", "'", '"', "# ", "&a ", "*a",
    "!", "!!a ", "|\n", ">-\n", "%YAML 1.2\n", "---\n", "...\n", "\\", "\\U", "\t", "@", "`", "<<: ", "~",
    "risk: ", "markets: ", "\0", "\x1b", "\u2028", "\ud7ff", "\ufeff",
)  # fmt: skip


@given(st.binary(max_size=300) | st.lists(st.sampled_from(_PIECES), max_size=80).map("".join).map(str.encode))
def test_any_bytes_are_a_configuration_or_refused_at_a_place(tmp_path_factory, raw):
    path = tmp_path_factory.mktemp("any") / "any.yaml"
    path.write_bytes(raw)

    assert all(problem.where.startswith(f"{path}:") for problem in problems_of(path))


_ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.decimals() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
_KEYS = st.sampled_from(
    ["risk", "markets", "strategy", "options", "tickers", "seed", "web", "port", "venues", "demo"]
)


@settings(max_examples=40)
@given(st.dictionaries(_KEYS, st.dictionaries(_KEYS, _ANY, max_size=4) | _ANY, max_size=4))
def test_any_values_are_a_configuration_or_refused_by_their_key(tmp_path_factory, values):
    path = tmp_path_factory.mktemp("any") / "any.yaml"
    path.write_text(write_value(values), encoding="utf-8", errors="surrogateescape")

    assert all(problem.text for problem in problems_of(path))
