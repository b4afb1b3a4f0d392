"""The page's reducer, run as it is, comes to the server's snapshot."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.web.reports import REPORTS
from tests.web.test_view import a_view_of_everything

STORE = Path(__file__).parents[2] / "web" / "static" / "store.js"
PROGRAM = f"""
import {{ empty, oldest, receive }} from {json.dumps(STORE.as_uri())};
import {{ readFileSync }} from "node:fs";
let store = {{ ...empty, boot: "b" }};
const asked = [];
for (const message of JSON.parse(readFileSync(0, "utf8"))) {{
  const answer = receive(store, message);
  store = answer.store;
  if (answer.ask) asked.push(answer.ask);
}}
console.log(JSON.stringify({{ store: {{ ...store, oldest: oldest(store) }}, asked }}));
"""

pytestmark = pytest.mark.skipif(shutil.which("node") is None, reason="no node to run the page's code with")
HELLO = {"type": "hello", "schema": 1, "boot": "b", "session": "s1"}


def after(*messages):
    done = subprocess.run(
        ["node", "--input-type=module", "-e", PROGRAM],
        input=json.dumps(messages),
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    answer = json.loads(done.stdout)
    return answer["store"], answer["asked"]


def snapshot_of(view):
    return {"type": "snapshot", **json.loads(json.dumps(view.snapshot()))}


def delta_of(view):
    return {"type": "delta", **json.loads(json.dumps(view.delta(0, now_s=0.0)))}


def test_a_page_that_follows_the_deltas_knows_what_the_snapshot_says():
    view = a_view_of_everything()
    messages = [HELLO, snapshot_of(view), delta_of(view)]
    changed = REPORTS["FillProcessor"] | {"positions": REPORTS["FillProcessor"]["positions"][1:]}
    view.apply("FillProcessor", changed, built_us=2, heard_s=0.0)
    messages.append(delta_of(view))

    store, asked = after(*messages)

    assert {key: store[key] for key in ("slices", "tables", "feeds")} == snapshot_of(view)["state"]
    assert (store["seq"], asked) == (2, [])


def test_a_lost_delta_is_noticed_once_and_nothing_is_believed_until_the_snapshot():
    view = a_view_of_everything()
    start = snapshot_of(view)
    lost = {"type": "delta", "seq": 2, "set": {"balance": {"available": "0.0000"}}}

    store, asked = after(HELLO, start, lost, {**lost, "seq": 3})

    assert asked == [{"type": "resync", "have": 0}]
    assert store["slices"]["balance"]["available"] is None


def test_a_heartbeat_with_another_number_means_a_lost_frame():
    _, asked = after(HELLO, snapshot_of(a_view_of_everything()), {"type": "hb", "seq": 5})

    assert asked == [{"type": "resync", "have": 0}]


@pytest.mark.parametrize("change", [{"boot": "other"}, {"schema": 2}])
def test_another_program_or_another_schema_reloads_the_page(change):
    _, asked = after({**HELLO, **change})

    assert asked == ["reload"]


def test_a_message_that_is_not_known_changes_nothing():
    store, asked = after(HELLO, {"type": "weather"})

    assert (store["seq"], asked) == (None, [])


def test_a_page_knows_how_old_its_oldest_figures_are():
    view = a_view_of_everything()
    fresh = [HELLO, snapshot_of(view), delta_of(view)]
    old = {"type": "delta", **json.loads(json.dumps(view.delta(0, now_s=4.0)))}

    assert after(*fresh)[0]["oldest"] == 0
    assert after(*fresh, old)[0]["oldest"] == 4
