"""The progress of a long read, as people are told it."""

from kalshi_client.rest.rows_read import RowsRead


def test_the_rows_that_were_read_since_the_start_are_told_by_their_list():
    read = RowsRead()
    read.add("/portfolio/fills", 1_000)

    read.start_over()
    assert read.progress() == ""
    read.add("/portfolio/orders", 1_000)
    read.add("/portfolio/orders", 1_000)
    read.add("/portfolio/fills", 250)
    read.add("/portfolio/settlements", 0)

    assert read.progress() == "read 2,000 orders, 250 fills"
