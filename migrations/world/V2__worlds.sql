CREATE TABLE world.rules (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    rules jsonb NOT NULL
);
COMMENT ON TABLE world.rules IS 'What the operator decided last: pace, bounds, links; one row at most.';

CREATE TABLE world.worlds (
    world bigint PRIMARY KEY,
    made_at_us bigint NOT NULL,
    physics jsonb NOT NULL
);
COMMENT ON TABLE world.worlds IS 'The worlds of this simulator, when they were made, and the rules with which their logs begin.';
COMMENT ON COLUMN world.worlds.made_at_us IS 'Microseconds of the simulator''s own clock, which stands still while it is down.';

CREATE TABLE world.log (
    world bigint NOT NULL REFERENCES world.worlds,
    lsn bigint NOT NULL,
    at_us bigint NOT NULL,
    entry bytea NOT NULL,
    PRIMARY KEY (world, lsn)
);
COMMENT ON TABLE world.log IS 'What changed a world, in order, since its snapshot; replayed, it gives the world again.';
COMMENT ON COLUMN world.log.entry IS 'A version byte and a postcard of the entry.';

CREATE TABLE world.snapshots (
    world bigint PRIMARY KEY REFERENCES world.worlds,
    lsn bigint NOT NULL,
    at_us bigint NOT NULL,
    simulation bytea NOT NULL
);
-- A snapshot is large and does not get smaller by trying.
ALTER TABLE world.snapshots ALTER COLUMN simulation SET STORAGE EXTERNAL;
COMMENT ON TABLE world.snapshots IS 'What the log of a world up to and with lsn leads to; those entries are deleted.';
