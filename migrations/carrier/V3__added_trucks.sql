-- Trucks that people add while the carrier is at work.

CREATE TABLE carrier.added_trucks (
    id integer PRIMARY KEY,
    x integer NOT NULL,
    y integer NOT NULL
);
COMMENT ON TABLE carrier.added_trucks IS
    'Trucks beyond those asked for at the start, and where they start in whatever world the carrier is in.';
