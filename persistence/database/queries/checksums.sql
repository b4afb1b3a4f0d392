-- The rows of one account, each table as one hash: two databases with the same rows have the same hashes.

-- name: checksums
SELECT 'ledger_event' AS what, md5(string_agg(row::text, E'\n' ORDER BY row::text COLLATE "C")) AS hash, count(*) AS rows
FROM ledger_event AS row WHERE account = %(account)s
UNION ALL SELECT 'session', md5(string_agg(row::text, E'\n' ORDER BY row::text COLLATE "C")), count(*)
FROM session AS row WHERE account = %(account)s
UNION ALL SELECT 'session_total', md5(string_agg(row::text, E'\n' ORDER BY row::text COLLATE "C")), count(*)
FROM session_total AS row WHERE account = %(account)s
UNION ALL SELECT 'session_value', md5(string_agg(row::text, E'\n' ORDER BY row::text COLLATE "C")), count(*)
FROM session_value AS row WHERE account = %(account)s
UNION ALL SELECT 'market', md5(string_agg(row::text, E'\n' ORDER BY row::text COLLATE "C")), count(*)
FROM market AS row WHERE account = %(account)s AND source = 'execution'
UNION ALL SELECT 'order_life', md5(string_agg(row::text, E'\n' ORDER BY row::text COLLATE "C")), count(*)
FROM order_life AS row WHERE account = %(account)s
UNION ALL SELECT 'refusal', md5(string_agg(row::text, E'\n' ORDER BY row::text COLLATE "C")), count(*)
FROM refusal AS row WHERE account = %(account)s
UNION ALL SELECT 'fill', md5(string_agg(row::text, E'\n' ORDER BY row::text COLLATE "C")), count(*)
FROM fill AS row WHERE account = %(account)s
UNION ALL SELECT 'position_change', md5(string_agg(row::text, E'\n' ORDER BY row::text COLLATE "C")), count(*)
FROM position_change AS row WHERE account = %(account)s
UNION ALL SELECT 'settlement', md5(string_agg(row::text, E'\n' ORDER BY row::text COLLATE "C")), count(*)
FROM settlement AS row WHERE account = %(account)s
UNION ALL SELECT 'balance', md5(string_agg(row::text, E'\n' ORDER BY row::text COLLATE "C")), count(*)
FROM balance AS row WHERE account = %(account)s
UNION ALL SELECT 'reconciliation', md5(string_agg(row::text, E'\n' ORDER BY row::text COLLATE "C")), count(*)
FROM reconciliation AS row WHERE account = %(account)s
UNION ALL SELECT 'conflict', md5(string_agg(row::text, E'\n' ORDER BY row::text COLLATE "C")), count(*)
FROM conflict AS row WHERE account = %(account)s
ORDER BY what
