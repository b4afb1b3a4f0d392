-- What goes before the tables of an account are built anew: the rows that came from these outboxes, and no others.

-- name: forget_fresh_events
DELETE FROM fresh_event WHERE account = %(account)s AND outbox_id = ANY(%(outboxes)s)

-- name: forget_event_blocks
DELETE FROM event_block WHERE account = %(account)s AND outbox_id = ANY(%(outboxes)s)

-- name: forget_sessions
DELETE FROM session WHERE account = %(account)s AND outbox_id = ANY(%(outboxes)s)

-- name: forget_session_values
DELETE FROM session_value WHERE account = %(account)s AND outbox_id = ANY(%(outboxes)s)

-- name: forget_refusals
DELETE FROM refusal WHERE account = %(account)s AND outbox_id = ANY(%(outboxes)s)

-- name: forget_orders
DELETE FROM order_life WHERE account = %(account)s AND ledger_id = ANY(%(outboxes)s)

-- name: forget_fills
DELETE FROM fill WHERE account = %(account)s AND outbox_id = ANY(%(outboxes)s)

-- name: forget_positions
DELETE FROM position_change WHERE account = %(account)s AND outbox_id = ANY(%(outboxes)s)

-- name: forget_settlements
DELETE FROM settlement WHERE account = %(account)s AND outbox_id = ANY(%(outboxes)s)

-- name: forget_balances
DELETE FROM balance WHERE account = %(account)s AND outbox_id = ANY(%(outboxes)s)

-- name: forget_reconciliations
DELETE FROM reconciliation WHERE account = %(account)s AND outbox_id = ANY(%(outboxes)s)

-- name: forget_conflicts
DELETE FROM conflict WHERE account = %(account)s AND outbox_id = ANY(%(outboxes)s)

-- name: begin_again
UPDATE lane_cursor SET position = 0, state = '{}'
WHERE account = %(account)s AND lane = 'ledger' AND source = ANY(%(sources)s)

-- name: forget_totals
DELETE FROM session_total WHERE account = %(account)s

-- name: count_what_stays
INSERT INTO session_total (account, session, last_us, orders, fills, realised_e6, fees_e6)
SELECT account, session, max(last_us), sum(orders), sum(fills), sum(realised_e6), sum(fees_e6)
FROM (SELECT account, session, updated_us AS last_us, (recorded_us IS NOT NULL)::integer AS orders, 0 AS fills,
             0 AS realised_e6, 0 AS fees_e6 FROM order_life
      UNION ALL SELECT account, session, at_us, 0, 1, 0, 0 FROM fill
      UNION ALL SELECT account, session, at_us, 0, 0, realised_change_e6, fees_change_e6 FROM position_change
      UNION ALL SELECT account, session, at_us, 0, 0, 0, 0 FROM balance
      UNION ALL SELECT account, session, greatest(started_us, ended_us), 0, 0, 0, 0 FROM session) AS told
WHERE account = %(account)s
GROUP BY account, session
