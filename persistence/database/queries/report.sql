-- One session, as its report tells it. order_life, fill, position_change and refusal have an index by session.

-- name: orders
SELECT ticker, state, count(*), count(sent_us), count(*) FILTER (WHERE order_id IS NOT NULL),
       count(*) FILTER (WHERE filled_e2 > 0)
FROM order_life WHERE account = %(account)s AND session = %(session)s AND recorded_us IS NOT NULL
GROUP BY ticker, state

-- name: latencies
SELECT recorded_us - decided_us, sent_us - recorded_us, answered_us - sent_us, answered_us - decided_us
FROM order_life WHERE account = %(account)s AND session = %(session)s AND answered_us IS NOT NULL

-- name: refusals
SELECT reason, count(*) FROM refusal WHERE account = %(account)s AND session = %(session)s
GROUP BY reason ORDER BY count(*) DESC, reason

-- name: decisions
SELECT action, outcome, sum(decisions)::bigint FROM decision_count
WHERE account = %(account)s AND session = %(session)s
GROUP BY action, outcome ORDER BY action, outcome

-- name: decision_chunks
SELECT incarnation, first_batch_no, t0_us, t1_us, decisions FROM decision_chunk
WHERE account = %(account)s AND session = %(session)s
ORDER BY t0_us, incarnation, first_batch_no

-- name: decision_chunk
SELECT body FROM decision_chunk
WHERE account = %(account)s AND session = %(session)s AND incarnation = %(incarnation)s
  AND first_batch_no = %(first_batch_no)s AND t0_us = %(t0_us)s

-- name: ledgers
SELECT outbox_id, min(seq) FROM (
    SELECT outbox_id, seq, at_us FROM position_change WHERE account = %(account)s AND session = %(session)s
    UNION ALL SELECT outbox_id, seq, at_us FROM balance WHERE account = %(account)s AND session = %(session)s
) AS told
GROUP BY outbox_id ORDER BY max(at_us)

-- name: positions_before
WITH RECURSIVE held AS (
    (SELECT ticker FROM position_change WHERE account = %(account)s AND outbox_id = %(outbox_id)s
     ORDER BY ticker LIMIT 1)
    UNION ALL
    SELECT (SELECT next.ticker FROM position_change AS next
            WHERE account = %(account)s AND outbox_id = %(outbox_id)s AND next.ticker > held.ticker
            ORDER BY next.ticker LIMIT 1)
    FROM held WHERE held.ticker IS NOT NULL
)
SELECT newest.ticker, newest.position_e2, newest.cost_e6
FROM held CROSS JOIN LATERAL (
    SELECT ticker, position_e2, cost_e6 FROM position_change AS change
    WHERE account = %(account)s AND outbox_id = %(outbox_id)s AND change.ticker = held.ticker AND seq < %(seq)s
    ORDER BY seq DESC LIMIT 1) AS newest
WHERE newest.position_e2 <> 0

-- name: moves
SELECT at_us, exchange_index, cash_e6, ticker, position_e2, cost_e6 FROM position_change
WHERE account = %(account)s AND session = %(session)s AND outbox_id = %(outbox_id)s
ORDER BY seq

-- name: cash
SELECT at_us, exchange_index, cash_e6 FROM balance
WHERE account = %(account)s AND session = %(session)s AND outbox_id = %(outbox_id)s
ORDER BY seq, exchange_index

-- name: value
SELECT at_us, since_us, cash_e6, available_e6, held_e6, gain_e6, marks, worth_e6 FROM session_value
WHERE account = %(account)s AND session = %(session)s

-- name: markets
SELECT ticker, count(*) FILTER (WHERE cause = 'fill'), sum(realised_change_e6)::bigint, sum(fees_change_e6)::bigint,
       (array_agg(position_e2 ORDER BY seq DESC))[1], (array_agg(cost_e6 ORDER BY seq DESC))[1]
FROM position_change WHERE account = %(account)s AND session = %(session)s AND outbox_id = %(outbox_id)s
GROUP BY ticker ORDER BY ticker

-- name: contracts
SELECT ticker, sum(count_e2)::bigint FROM fill WHERE account = %(account)s AND session = %(session)s GROUP BY ticker

-- name: titles
SELECT DISTINCT ON (ticker) ticker, event_ticker, title FROM market
WHERE account = %(account)s AND ticker = ANY(%(tickers)s)
ORDER BY ticker, title DESC

-- name: reconciliations
SELECT count(*), count(*) FILTER (WHERE differences <> '[]') FROM reconciliation
WHERE account = %(account)s AND session = %(session)s

-- name: differences
SELECT at_us, differences FROM reconciliation
WHERE account = %(account)s AND session = %(session)s AND differences <> '[]'
ORDER BY at_us DESC LIMIT %(most)s

-- name: conflicts
SELECT at_us, sentence FROM conflict
WHERE account = %(account)s AND at_us BETWEEN %(from_us)s AND %(upto_us)s
ORDER BY at_us LIMIT %(most)s

-- name: gaps
SELECT at_us, 'ledger', format('events %%s to %%s: %%s', from_seq, coalesce(upto_seq::text, 'the end'), why)
FROM ledger_gap WHERE account = %(account)s AND at_us BETWEEN %(from_us)s AND %(upto_us)s
UNION ALL
SELECT at_us, 'tape', format('rows %%s to %%s of shard %%s: %%s', first_no, last_no, shard, why)
FROM tape_gap WHERE account = %(account)s AND session = %(session)s
UNION ALL
SELECT at_us, 'decisions', format('batches %%s to %%s: %%s', first_batch_no, last_batch_no, why)
FROM decision_gap WHERE account = %(account)s AND session = %(session)s
ORDER BY 1 LIMIT %(most)s

-- name: tape
SELECT count(*), coalesce(sum(changes), 0)::bigint, coalesce(sum(octet_length(body)), 0)::bigint FROM tape_chunk
WHERE account = %(account)s AND session = %(session)s

-- name: configuration
SELECT config, python, pid FROM session WHERE account = %(account)s AND session = %(session)s
