-- What a carrier has to remember. Times are microseconds since the Unix epoch.

CREATE TABLE carrier.settings (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    sender text NOT NULL DEFAULT 'carrier-' || gen_random_uuid(),
    wanted_trucks integer NOT NULL DEFAULT 8 CHECK (wanted_trucks >= 0),
    wanted_world bigint,
    world bigint,
    world_seq_used bigint NOT NULL DEFAULT 0,
    store_seq_below bigint NOT NULL DEFAULT 1
);
INSERT INTO carrier.settings DEFAULT VALUES;
COMMENT ON TABLE carrier.settings IS
    'Who this carrier is, in which world, and which sequence numbers were used; one row.';

CREATE TABLE carrier.trucks (
    world bigint NOT NULL,
    id integer NOT NULL,
    x integer NOT NULL,
    y integer NOT NULL,
    stage text NOT NULL DEFAULT 'idle'
        CHECK (stage IN ('idle', 'to_warehouse', 'at_warehouse', 'delivering')),
    shipment bigint,
    command_seq bigint,
    arrival_seq bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (world, id),
    CHECK ((stage = 'idle') = (shipment IS NULL))
);
CREATE UNIQUE INDEX trucks_shipment ON carrier.trucks (world, shipment) WHERE shipment IS NOT NULL;
COMMENT ON TABLE carrier.trucks IS
    'The trucks of a world: where each last stood, what it does for which shipment, and the numbers of its errand and last arrival.';

CREATE TABLE carrier.warehouses (
    world bigint NOT NULL,
    id integer NOT NULL,
    x integer NOT NULL,
    y integer NOT NULL,
    PRIMARY KEY (world, id)
);
COMMENT ON TABLE carrier.warehouses IS 'Where warehouses are, as trucks found them.';

CREATE TABLE carrier.shipments (
    id bigint PRIMARY KEY,
    tracking_number text NOT NULL UNIQUE,
    stage text NOT NULL
        CHECK (stage IN ('created', 'dispatched', 'at_warehouse', 'delivering', 'delivered')),
    is_finished boolean NOT NULL DEFAULT false,
    world bigint,
    truck integer,
    warehouse integer NOT NULL,
    x integer NOT NULL,
    y integer NOT NULL,
    user_id bigint NOT NULL,
    email text NOT NULL,
    ups_account text,
    sender text,
    sender_seq bigint,
    address_seq bigint,
    created_at bigint NOT NULL,
    dispatched_at bigint,
    arrived_at bigint,
    loaded_at bigint,
    delivering_at bigint,
    delivered_at bigint
);
CREATE INDEX shipments_open ON carrier.shipments (id) WHERE NOT is_finished;
CREATE INDEX shipments_finished ON carrier.shipments (id) WHERE is_finished;
COMMENT ON TABLE carrier.shipments IS
    'Every shipment with its destination, its truck, and when each stage began; finished once the store knows that it was delivered.';
