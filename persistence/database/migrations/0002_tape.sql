-- The tape: all that each market watcher observed, as chunks of numbered rows (docs/database.md).
--
-- A tape is one watcher's life: (account, session, shard, incarnation). Its rows are numbered 1, 2, …, and a
-- chunk has those from first_no to last_no, packed: what they mean is in trading/tape_rows.py.

CREATE TABLE tape_chunk (
    first_no bigint NOT NULL,
    last_no bigint NOT NULL,
    t0_us bigint NOT NULL,
    t1_us bigint NOT NULL,
    changes integer NOT NULL,
    shard integer NOT NULL,
    incarnation integer NOT NULL,
    codec smallint NOT NULL,
    account text NOT NULL,
    session text NOT NULL,
    body bytea NOT NULL,
    PRIMARY KEY (account, session, shard, incarnation, first_no, t0_us)
) PARTITION BY RANGE (t0_us);
ALTER TABLE tape_chunk ALTER COLUMN body SET STORAGE EXTERNAL;
CREATE TABLE tape_chunk_others PARTITION OF tape_chunk DEFAULT;
COMMENT ON TABLE tape_chunk IS 'All that the watchers observed, a partition a day of t0_us; what has no day of its own is in tape_chunk_others';
COMMENT ON COLUMN tape_chunk.t0_us IS 'Every row of it was written after this';
COMMENT ON COLUMN tape_chunk.changes IS 'How many of its rows are changes of a book';
COMMENT ON COLUMN tape_chunk.codec IS 'How body is packed: 1 zlib, 2 zstandard';

CREATE TABLE tape_text (
    number integer NOT NULL,
    shard integer NOT NULL,
    incarnation integer NOT NULL,
    account text NOT NULL,
    session text NOT NULL,
    text text NOT NULL,
    PRIMARY KEY (account, session, shard, incarnation, number)
);
COMMENT ON TABLE tape_text IS 'The markets, events and reasons that the rows of a tape name by number';

CREATE TABLE tape_gap (
    first_no bigint NOT NULL,
    last_no bigint NOT NULL,
    at_us bigint NOT NULL,
    shard integer NOT NULL,
    incarnation integer NOT NULL,
    account text NOT NULL,
    session text NOT NULL,
    why text NOT NULL,
    PRIMARY KEY (account, session, shard, incarnation, first_no)
);
COMMENT ON TABLE tape_gap IS 'Stretches of a tape that are missing, or of which something was left out, and why';
