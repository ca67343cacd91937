-- What staff wants of the connection to the world.
ALTER TABLE carrier.settings ADD COLUMN world_held boolean NOT NULL DEFAULT false;
ALTER TABLE carrier.settings ADD COLUMN world_speed bigint CHECK (world_speed BETWEEN 1 AND 4294967295);
COMMENT ON COLUMN carrier.settings.world_held IS 'Staff has disconnected the carrier from its world.';
COMMENT ON COLUMN carrier.settings.world_speed IS
    'Simulated seconds a second that staff wants; NULL: as others set it.';
COMMENT ON COLUMN carrier.settings.wanted_world IS
    'The world to join where the carrier is in none; NULL: a new one is made.';
