-- What goes before the tables of an account are built anew: the rows that came from these outboxes, and no others.

-- name: forget_fresh_events
DELETE FROM fresh_event WHERE account = %(account)s AND outbox_id = ANY(%(outboxes)s)

-- name: forget_event_blocks
DELETE FROM event_block WHERE account = %(account)s AND outbox_id = ANY(%(outboxes)s)

-- name: forget_sessions
DELETE FROM session WHERE account = %(account)s AND outbox_id = ANY(%(outboxes)s)

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
