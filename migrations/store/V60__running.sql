-- What admins decide about warehouses and about the connection to the world.

ALTER TABLE store.warehouses ADD COLUMN active boolean NOT NULL DEFAULT true;
COMMENT ON COLUMN store.warehouses.active IS 'Takes new orders and keeps its shelves full; else it only finishes what is under way in it.';
