-- What the decision lane reads and writes. "VALUES %s" takes many rows at once.

-- name: lock_cursors
SELECT source, position FROM lane_cursor
WHERE account = %(account)s AND lane = %(lane)s
FOR UPDATE

-- name: move_cursor
INSERT INTO lane_cursor (account, lane, source, position, at_us)
VALUES (%(account)s, %(lane)s, %(source)s, %(position)s, %(at_us)s)
ON CONFLICT (account, lane, source) DO UPDATE SET position = excluded.position, at_us = excluded.at_us

-- name: insert_setup
INSERT INTO decision_setup (account, session, incarnation, setup)
VALUES (%(account)s, %(session)s, %(incarnation)s, %(setup)s)
ON CONFLICT DO NOTHING

-- name: last_chunk
SELECT last_batch_no, hash FROM decision_chunk
WHERE account = %(account)s AND session = %(session)s AND incarnation = %(incarnation)s
ORDER BY first_batch_no DESC LIMIT 1

-- name: insert_chunk
INSERT INTO decision_chunk (account, session, incarnation, first_batch_no, last_batch_no, t0_us, t1_us, decisions, hash, body)
VALUES (%(account)s, %(session)s, %(incarnation)s, %(first_batch_no)s, %(last_batch_no)s, %(t0_us)s, %(t1_us)s,
        %(decisions)s, %(hash)s, %(body)s)

-- name: add_counts
INSERT INTO decision_count AS known (account, session, incarnation, action, outcome, reason, decisions, first_us, last_us)
VALUES %s
ON CONFLICT (account, session, incarnation, action, outcome, reason)
DO UPDATE SET decisions = known.decisions + excluded.decisions, last_us = greatest(known.last_us, excluded.last_us)

-- name: insert_gap
INSERT INTO decision_gap (account, session, incarnation, first_batch_no, last_batch_no, at_us, why)
VALUES (%(account)s, %(session)s, %(incarnation)s, %(first_batch_no)s, %(last_batch_no)s, %(at_us)s, %(why)s)
ON CONFLICT DO NOTHING

-- name: gaps
SELECT incarnation, first_batch_no, last_batch_no, why FROM decision_gap
WHERE account = %(account)s AND session = %(session)s
ORDER BY incarnation, first_batch_no

-- name: cursors_of
SELECT source, position FROM lane_cursor
WHERE account = %(account)s AND lane = 'decisions' AND source LIKE %(begin)s

-- name: setups
SELECT session, incarnation, setup FROM decision_setup
WHERE account = %(account)s AND (%(session)s = '' OR session = %(session)s)
ORDER BY session, incarnation

-- name: chunks
SELECT first_batch_no, last_batch_no, hash, body FROM decision_chunk
WHERE account = %(account)s AND session = %(session)s AND incarnation = %(incarnation)s
  AND last_batch_no > %(after_batch_no)s
ORDER BY first_batch_no LIMIT 20

-- name: chunks_back
SELECT first_batch_no, last_batch_no, hash, body FROM decision_chunk
WHERE account = %(account)s AND session = %(session)s AND incarnation = %(incarnation)s
  AND first_batch_no < %(before_batch_no)s
ORDER BY first_batch_no DESC LIMIT 5

-- name: accounts_of
SELECT DISTINCT account FROM decision_setup WHERE session = %(session)s
