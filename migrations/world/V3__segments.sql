-- A row of the log holds the entries that were committed together: one by one, each
-- cost the server more than it cost the simulator to do what it says.
ALTER TABLE world.log RENAME COLUMN entry TO entries;
-- A segment fits a page, and is neither moved elsewhere nor worth compressing.
ALTER TABLE world.log ALTER COLUMN entries SET STORAGE EXTERNAL;
ALTER TABLE world.log SET (toast_tuple_target = 8160);
COMMENT ON TABLE world.log IS 'What changed a world, in order, since its snapshot; replayed, it gives the world again.';
COMMENT ON COLUMN world.log.lsn IS 'The number of the last entry; those before it count down from there.';
COMMENT ON COLUMN world.log.at_us IS 'When the last entry happened.';
COMMENT ON COLUMN world.log.entries IS 'A version byte and a postcard of each entry.';

CREATE TABLE world.snapshot_pieces (
    world bigint NOT NULL REFERENCES world.worlds,
    lsn bigint NOT NULL,
    piece integer NOT NULL,
    bytes bytea NOT NULL,
    PRIMARY KEY (world, lsn, piece)
);
ALTER TABLE world.snapshot_pieces ALTER COLUMN bytes SET STORAGE EXTERNAL;
COMMENT ON TABLE world.snapshot_pieces IS 'Snapshots, written over several commits so that nobody waits for a large one. Those that world.snapshots does not name are not complete.';
INSERT INTO world.snapshot_pieces SELECT world, lsn, 0, simulation FROM world.snapshots;
ALTER TABLE world.snapshots DROP COLUMN simulation;
COMMENT ON TABLE world.snapshots IS 'The snapshot that counts of each world. What the log up to and with lsn leads to; those entries are deleted.';
