-- What the tape lane and the readers of the tape ask. "VALUES %s" takes many rows at once.

-- name: lock_cursors
SELECT source, position FROM lane_cursor
WHERE account = %(account)s AND lane = %(lane)s AND source = ANY(%(sources)s)
ORDER BY source
FOR UPDATE

-- name: move_cursors
INSERT INTO lane_cursor (account, lane, source, position, at_us) VALUES %s
ON CONFLICT (account, lane, source) DO UPDATE SET position = excluded.position, at_us = excluded.at_us

-- name: copy_chunks_in
COPY tape_chunk (account, session, shard, incarnation, first_no, last_no, t0_us, t1_us, changes, codec, body)
FROM STDIN (FORMAT binary)

-- name: insert_texts
INSERT INTO tape_text (account, session, shard, incarnation, number, text) VALUES %s
ON CONFLICT (account, session, shard, incarnation, number) DO NOTHING

-- name: texts
SELECT number, text FROM tape_text
WHERE account = %(account)s AND session = %(session)s AND shard = %(shard)s
  AND incarnation = %(incarnation)s AND number = ANY(%(numbers)s)

-- name: is_told
SELECT EXISTS (SELECT 1 FROM tape_text
               WHERE account = %(account)s AND session = %(session)s AND text = %(text)s)

-- name: insert_gaps
INSERT INTO tape_gap (account, session, shard, incarnation, first_no, last_no, at_us, why) VALUES %s
ON CONFLICT (account, session, shard, incarnation, first_no)
DO UPDATE SET last_no = greatest(tape_gap.last_no, excluded.last_no)

-- name: upsert_markets
INSERT INTO market (account, source, ticker, venue, event_ticker, series_ticker, status, exchange_index,
                    close_us, fee_type, fee_multiplier_e4, updated_us) VALUES %s
ON CONFLICT (account, source, ticker)
DO UPDATE SET event_ticker = coalesce(nullif(excluded.event_ticker, ''), market.event_ticker),
              series_ticker = coalesce(nullif(excluded.series_ticker, ''), market.series_ticker),
              close_us = coalesce(nullif(excluded.close_us, 0), market.close_us),
              updated_us = greatest(market.updated_us, excluded.updated_us)

-- name: wait_for_disk
SET LOCAL synchronous_commit = on

-- name: tapes
SELECT shard, incarnation, min(first_no), max(last_no), min(t0_us), max(t1_us), sum(changes)::bigint,
       sum(length(body))::bigint
FROM tape_chunk WHERE account = %(account)s AND session = %(session)s
GROUP BY shard, incarnation ORDER BY shard, incarnation

-- name: copy_chunks_out
COPY (SELECT first_no, last_no, t1_us, body FROM tape_chunk
      WHERE account = %(account)s AND session = %(session)s AND shard = %(shard)s
        AND incarnation = %(incarnation)s AND first_no > %(after_no)s
      ORDER BY first_no LIMIT %(most)s)
TO STDOUT (FORMAT binary)

-- name: gaps
SELECT first_no, last_no, at_us, why FROM tape_gap
WHERE account = %(account)s AND session = %(session)s AND shard = %(shard)s AND incarnation = %(incarnation)s
ORDER BY first_no

-- name: lock_partitions
SELECT pg_advisory_xact_lock(hashtext(%(table)s))
