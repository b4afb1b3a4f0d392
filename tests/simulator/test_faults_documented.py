"""The page about faults names every one of them, and nothing else."""

from __future__ import annotations

import re
from pathlib import Path

from simulator.faults.answers import ENDPOINTS, GROUPS
from simulator.faults.faults import KINDS
from simulator.faults.request import FaultRequest

PAGE = (Path(__file__).parents[2] / "docs" / "exchange-faults.md").read_text()


def test_every_kind_has_its_row():
    rows = set(re.findall(r"^\| `(\w+)` \|", PAGE, flags=re.MULTILINE))

    assert set(KINDS) <= rows


def test_every_field_and_every_word_of_where_is_named():
    named = set(re.findall(r"`\"?(\w+)", PAGE))

    assert set(FaultRequest.__struct_fields__) <= named
    assert {*ENDPOINTS, *filter(None, GROUPS)} <= named
