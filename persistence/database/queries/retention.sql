-- Records older than they have to be kept. {table} is filled in with the name of a table; recorders are the outboxes
-- of session.db of one state folder, null where the whole database is its own.

-- name: accounts
SELECT DISTINCT account FROM lane_cursor

-- name: worlds
SELECT cursor.account, coalesce(total.newest_us, cursor.newest_us), coalesce(total.sessions, 0),
       coalesce(total.orders, 0), coalesce(total.fills, 0)
FROM (SELECT account, max(at_us) AS newest_us FROM lane_cursor GROUP BY account) AS cursor
LEFT JOIN (SELECT account, max(last_us) AS newest_us, count(*) FILTER (WHERE session <> '') AS sessions,
                  sum(orders)::bigint AS orders, sum(fills)::bigint AS fills
           FROM session_total GROUP BY account) AS total USING (account)
WHERE cursor.account = ANY(%(accounts)s)
ORDER BY cursor.account

-- name: chunks
SELECT account, count(*), sum(octet_length(body))::bigint FROM {table} AS chunk
WHERE account = ANY(%(accounts)s) AND t0_us < %(before_us)s
  AND (%(recorders)s::bigint[] IS NULL OR NOT EXISTS
       (SELECT 1 FROM session WHERE session.account = chunk.account AND session.session = chunk.session
          AND session.outbox_id <> ALL(%(recorders)s::bigint[])))
GROUP BY account ORDER BY account

-- name: tables_of_accounts
SELECT relname FROM pg_class AS relation JOIN pg_attribute AS own ON own.attrelid = relation.oid
WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
  AND own.attname = 'account' AND NOT own.attisdropped
ORDER BY relname

-- name: lock_account
SELECT 1 FROM lane_cursor WHERE account = %(account)s FOR UPDATE

-- name: delete_account
DELETE FROM {table} WHERE account = %(account)s

-- name: days
SELECT relname FROM pg_inherits JOIN pg_class AS day ON day.oid = inhrelid
WHERE inhparent = %(table)s::regclass ORDER BY relname

-- name: lock_days
SET LOCAL lock_timeout = '2s'; LOCK TABLE ONLY {table}, {day} IN ACCESS EXCLUSIVE MODE

-- name: has_others
SELECT EXISTS (SELECT 1 FROM {day} AS chunk WHERE account <> ALL(%(accounts)s)
  OR NOT (%(recorders)s::bigint[] IS NULL OR NOT EXISTS
       (SELECT 1 FROM session WHERE session.account = chunk.account AND session.session = chunk.session
          AND session.outbox_id <> ALL(%(recorders)s::bigint[]))))

-- name: drop_day
DROP TABLE {day}

-- name: delete_chunks
DELETE FROM {table} AS chunk WHERE account = ANY(%(accounts)s) AND t0_us < %(before_us)s
  AND (%(recorders)s::bigint[] IS NULL OR NOT EXISTS
       (SELECT 1 FROM session WHERE session.account = chunk.account AND session.session = chunk.session
          AND session.outbox_id <> ALL(%(recorders)s::bigint[])))

-- name: delete_texts
DELETE FROM tape_text AS named USING session_total AS total
WHERE named.account = ANY(%(accounts)s) AND total.account = named.account AND total.session = named.session
  AND total.last_us < %(before_us)s
  AND NOT EXISTS (SELECT 1 FROM tape_chunk AS chunk
                  WHERE chunk.account = named.account AND chunk.session = named.session)
