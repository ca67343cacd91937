-- What staff looks up: what a truck has delivered, and who has waited longest. Their columns are
-- set once, when a shipment comes or ends, so steps in between touch neither index.
CREATE INDEX shipments_trips ON carrier.shipments (world, truck, delivered_at, id) WHERE is_finished;
CREATE INDEX shipments_oldest ON carrier.shipments (created_at, id) WHERE NOT is_finished;
