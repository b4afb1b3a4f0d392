"""An order is traced to the change that made its market due."""

from __future__ import annotations

from benchmarks.tick_to_post import DUE, delays_ms, read_due

AT_US = 1_795_345_393_123_000  # 2026-11-22T11:03:13.123Z


def order(ticker: str, created: str = "2026-11-22T11:03:13.123Z") -> dict[str, str]:
    return {"ticker": ticker, "created_time": created}


def test_an_order_comes_from_the_last_time_its_market_was_taken_before_it():
    due = {
        "RAIN": [
            (AT_US - 9_000_000, AT_US - 9_001_000),
            (AT_US - 5_000, AT_US - 9_000),
            (AT_US + 2_000, AT_US),
        ]
    }

    waits, without = delays_ms([order("RAIN")], due)

    assert (waits, without) == ([10.0], [])  # to the end of the exchange's millisecond


def test_an_order_of_a_market_that_was_never_taken_is_named():
    assert delays_ms([order("SNOW")], {"RAIN": [(0, 0)]}) == ([], ["SNOW"])


def test_notes_are_read_as_they_were_written(tmp_path):
    notes = tmp_path / "notes"
    notes.write_bytes(DUE.pack(b"RAIN", 5, 7) + DUE.pack(b"SNOW", 6, 8) + DUE.pack(b"RAIN", 9, 10))

    assert read_due(notes) == {"RAIN": [(7, 5), (10, 9)], "SNOW": [(8, 6)]}
