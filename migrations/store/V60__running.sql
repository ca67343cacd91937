-- What admins decide about warehouses and about the connection to the world.

ALTER TABLE store.warehouses ADD COLUMN active boolean NOT NULL DEFAULT true;
COMMENT ON COLUMN store.warehouses.active IS 'Takes new orders and keeps its shelves full; else it only finishes what is under way in it.';

ALTER TABLE store.world_warehouses ADD COLUMN was_there boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN store.world_warehouses.was_there IS 'The world had a warehouse of this number before it was told of ours, perhaps elsewhere.';

ALTER TABLE store.settings ADD COLUMN world_held boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN store.settings.world_held IS 'An admin has disconnected the store from its world; it stays so until an admin connects it.';
ALTER TABLE store.settings ADD COLUMN world_speed bigint;
COMMENT ON COLUMN store.settings.world_speed IS 'Simulated seconds a second that an admin wants; null: as it is set elsewhere.';
