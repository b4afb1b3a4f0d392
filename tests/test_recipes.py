"""The recipes of CONTRIBUTING.md name the files in which their examples stand, in this tree."""

import re
import subprocess

import pytest

from tests.tracked_files import ROOT

ANYWHERE = (
    ".",
    ":!CHANGELOG.md",
    ":!CONTRIBUTING.md",
    ":!docs/open-points.md",
    ":!benchmarks",
    ":!tests/test_recipes.py",
)
# Of each recipe: the word of its example, and where it is looked for.
EXAMPLES = {
    "A new message between actors": ("MarketsUnwatched", ANYWHERE),
    "A new WebSocket channel": (
        "market_lifecycle_v2",
        # not where other tests tell it as an example of a channel
        (
            "kalshi_client",
            "simulator",
            "docs/client.md",
            "tests/kalshi_client/test_wire_commands.py",
            "tests/kalshi_client/test_news_session.py",
            "tests/simulator/protocol/test_section_5_6.py",
            "tests/wire/*.py",
            "tests/wire/cmd_*",
            "tests/wire/ws_market_lifecycle_created.json",
        ),
    ),
    "A new REST call": ("queue_positions", ANYWHERE),
    "A new command": ("rebuild[-_]db", ("README.md", "cli", "docs", ":!docs/open-points.md", "tests/cli")),
    "A new configuration key": ("archive_raw", ANYWHERE),
    "A new actor": (
        r'"Recorder"|class Recorder|actors\.recorder',
        ("actors", "web", "setup.cfg", "tests/actors", "tests/web"),
    ),
    "A new strategy": (
        "quantitative|QuantitativeSelector",
        ("strategies", "configs", "README.md", "docs/strategies.md", "tests/strategies"),
    ),
    "A new migration": ("session_value", ANYWHERE),
}


def recipes():
    """The paths of each recipe, by its title."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").partition("## Recipes")[2]
    found = {}
    for part in text.split("### ")[1:]:
        title, _, body = part.partition("\n")
        found[title] = re.findall(r"^\d+\. `([^`]+)`: \S", body, re.MULTILINE)
        assert len(found[title]) == len(re.findall(r"^\d+\.", body, re.MULTILINE)), (
            f"{title}: a step without a file"
        )
    return found


def test_every_recipe_has_an_example_that_is_walked():
    assert recipes().keys() == EXAMPLES.keys()


@pytest.mark.parametrize("title", EXAMPLES)
def test_a_recipe_names_every_file_that_its_example_needed_and_no_other(title):
    word, places = EXAMPLES[title]
    found = subprocess.run(
        ["git", "grep", "-lwE", word, "--", *places], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert sorted(recipes()[title]) == sorted(found.stdout.split())
