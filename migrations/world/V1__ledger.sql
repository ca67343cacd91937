-- What the ledger of this schema has committed: the number of batches.
-- A writer that finds another number than it left knows that somebody else writes here.
CREATE TABLE world.ledger (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    position bigint NOT NULL DEFAULT 0,
    mark bigint NOT NULL DEFAULT 0,
    previous_mark bigint NOT NULL DEFAULT 0
);
INSERT INTO world.ledger DEFAULT VALUES;
COMMENT ON TABLE world.ledger IS 'How many batches of records this party has committed; one row.';
COMMENT ON COLUMN world.ledger.mark IS 'Which writer committed the last batch; previous_mark: the one before.';
