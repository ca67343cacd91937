-- Second thoughts: packages that are cancelled before they are packed, or sent elsewhere.

ALTER TABLE store.settings ADD COLUMN pack_after_ms bigint NOT NULL DEFAULT 0 CHECK (pack_after_ms >= 0);
COMMENT ON COLUMN store.settings.pack_after_ms IS
    'How long after its placing a package can be cancelled where its pieces are there.';

ALTER TABLE store.packages
    ADD COLUMN destination_x integer,
    ADD COLUMN destination_y integer,
    ADD COLUMN redirect_x integer,
    ADD COLUMN redirect_y integer,
    ADD COLUMN redirect_seq bigint NOT NULL DEFAULT 0,
    ADD COLUMN redirect_next_x integer,
    ADD COLUMN redirect_next_y integer,
    ADD COLUMN redirect_refusal text,
    ADD CHECK ((destination_x IS NULL) = (destination_y IS NULL)),
    ADD CHECK ((redirect_x IS NULL) = (redirect_y IS NULL)),
    ADD CHECK ((redirect_next_x IS NULL) = (redirect_next_y IS NULL));
COMMENT ON COLUMN store.packages.destination_x IS 'Where it goes, with destination_y, where that is not where its order was to go.';
COMMENT ON COLUMN store.packages.redirect_x IS 'Where the carrier is asked to take it, with redirect_y, until it has answered.';
COMMENT ON COLUMN store.packages.redirect_seq IS 'The number of the AddressChange that is under way to the carrier; 0: none.';
COMMENT ON COLUMN store.packages.redirect_next_x IS 'Where the carrier will be asked to take it after that, with redirect_next_y.';
COMMENT ON COLUMN store.packages.redirect_refusal IS 'Why the last change of address was not made; null where it was, or none was asked for.';
