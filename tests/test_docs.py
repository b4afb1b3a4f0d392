"""The documentation names only things that exist."""

import re
from dataclasses import asdict
from pathlib import Path
from typing import get_args

import pytest

from cli.main import COMMANDS
from simulator.choices import Choices
from tests.tracked_files import tracked
from trading.refusals import Refusal

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text()
CHOICES = (ROOT / "docs" / "exchange-choices.md").read_text()


@pytest.mark.parametrize("command", COMMANDS)
def test_the_readme_names_every_command(command):
    assert command in README


def test_every_file_that_the_readme_links_to_is_there():
    linked = [part.split(")")[0] for part in README.split("](")[1:]]

    assert [path for path in linked if not (ROOT / path).exists()] == []


def test_the_readme_shows_the_log_lines_word_for_word():
    for line in (
        "INFO: [ActionSelector] Selected action: BUY_YES for MARKET-ABC",
        "INFO: [OrderManager] Submitted order: order_12345 (BUY_YES, 10 contracts)",
        "INFO: [OrderManager] Order confirmed: order_12345 → PENDING",
        "INFO: [FillProcessor] Order filled: order_12345 → +10 YES position",
    ):
        assert line in README


@pytest.mark.parametrize(("name", "default"), asdict(Choices()).items())
def test_every_choice_of_the_exchange_is_documented_with_its_default(name, default):
    assert f"`{name}={str(default).lower()}`" in CHOICES


def test_the_documentation_explains_exactly_the_reasons_that_there_are():
    section = ARCHITECTURE.split("## Why a decision is not carried out")[1].split("\n## ")[0]
    explained = [
        word
        for line in section.splitlines()
        if line.startswith("| `")
        for word in line.split("|")[1].replace("`", "").replace(" ", "").split(",")
    ]

    assert sorted(explained) == sorted(set(get_args(Refusal)))


OF_A_READER = {"my_strategy.py"}  # a file that the reader makes


@pytest.mark.parametrize(
    "page", ["README.md", *sorted(f"docs/{page.name}" for page in (ROOT / "docs").glob("*.md"))]
)
def test_every_file_that_a_page_names_is_there(page):
    named = re.findall(r"`([\w/.-]+\.(?:py|md|yaml|sh|cfg))`", (ROOT / page).read_text())
    files = tracked()

    lost = {name for name in named if name not in files and not any(f.endswith(f"/{name}") for f in files)}

    assert lost <= OF_A_READER
