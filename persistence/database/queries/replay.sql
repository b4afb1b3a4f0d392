-- What a replay reads of the ledger: events in the order of their writers.

-- name: accounts_of
SELECT account FROM session WHERE session = %(session)s ORDER BY account

-- name: sessions
SELECT session FROM session ORDER BY started_us DESC LIMIT 20

-- name: events
SELECT seq, kind, at_us, payload FROM (
    SELECT seq, kind, at_us, payload FROM fresh_event
    WHERE account = %(account)s AND outbox_id = %(outbox_id)s AND seq > %(after_seq)s
    UNION ALL
    SELECT (event ->> 0)::bigint, (event ->> 1)::smallint, (event ->> 2)::bigint, event -> 3
    FROM event_block CROSS JOIN LATERAL jsonb_array_elements(events) AS event
    WHERE account = %(account)s AND outbox_id = %(outbox_id)s
      AND block_no BETWEEN %(after_seq)s / 100 AND %(after_seq)s / 100 + 50 AND (event ->> 0)::bigint > %(after_seq)s
) AS found ORDER BY seq LIMIT 5000

-- name: recorders
SELECT DISTINCT outbox_id FROM session WHERE account = %(account)s

-- name: next_start
SELECT min(started_us) FROM session WHERE account = %(account)s AND session > %(session)s
