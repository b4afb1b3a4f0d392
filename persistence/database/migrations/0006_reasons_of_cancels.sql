-- Why an order of ours was canceled is part of the fact.

UPDATE event_kind SET fields = fields || '{reason}' WHERE name = 'CancelStarted';

COMMENT ON COLUMN order_life.end_reason IS 'Why it is over: the venue''s word, its words on an order that it did not take, or canceled by us and why; empty while it is not over, and where nobody told';
