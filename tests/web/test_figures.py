"""The page's figures, run as they are."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

FIGURES = Path(__file__).parents[2] / "web" / "static" / "figures.js"
PROGRAM = f"""
import * as figures from {json.dumps(FIGURES.as_uri())};
import {{ readFileSync }} from "node:fs";
const asked = JSON.parse(readFileSync(0, "utf8"));
console.log(JSON.stringify(asked.map(([name, value]) => figures[name](...[value].flat()))));
"""
READ = [
    ("printable", "KXBTC-26NOV3021 → Zürich", "KXBTC-26NOV3021 → Zürich"),
    ("printable", "a\u202eb\u2028c\x9bd\x1b[2Je\n", r"a\u202eb\u2028c\x9bd\x1b[2Je\x0a"),
    ("printable", "\U000e0001", r"\U000e0001"),
    ("money", "9851.5800", "$9,851.58"),
    ("money", "-0.2500", "−$0.25"),
    ("money", None, "–"),
    ("signed", "1.2000", "+$1.20"),
    ("signed", "-1.2000", "−$1.20"),
    ("signed", "0.0000", "$0.00"),
    ("fee", "0.0008", "$0.0008"),
    ("fee", "0.2500", "$0.25"),
    ("cents", "0.0240", "2.4¢"),
    ("price", ["0.6600", "BUY_YES"], "66¢"),
    ("price", ["0.6600", "BUY_NO"], "34¢"),
    ("price", ["0.6600", "-2 NO"], "34¢"),
    ("price", ["0.9390", "-2 YES, +3 NO"], "6.1¢"),
    ("price", ["0.6600", None], "66¢"),
    ("price", [None, "BUY_NO"], "–"),
    ("contracts", "1058.00", "1,058"),
    ("contracts", "0.50", "0.5"),
    ("held", "10.00", "10 YES"),
    ("held", "-2.50", "2.5 NO"),
    ("traded", "-1 NO", "sold 1 NO"),
    ("traded", "-2 YES, +3 NO", "sold 2 YES, bought 3 NO"),
    ("traded", None, "–"),
    ("count", 1234, "1,234"),
    ("some", [2, "from before"], ["2 from before"]),
    ("some", [0, "from before"], []),
    ("some", [None, "from before"], []),
    ("duration", 0, "0s"),
    ("duration", 61, "1m 1s"),
    ("duration", 7205, "2h 0m 5s"),
]


@pytest.mark.skipif(shutil.which("node") is None, reason="no node to run the page's code with")
def test_each_figure_reads_as_people_write_it():
    done = subprocess.run(
        ["node", "--input-type=module", "-e", PROGRAM],
        input=json.dumps([(name, value) for name, value, _ in READ]),
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )

    told = json.loads(done.stdout)
    assert [(name, value, text) for (name, value, _), text in zip(READ, told, strict=True)] == READ
