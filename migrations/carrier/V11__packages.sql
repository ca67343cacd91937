-- Whose a shipment is, where its owner wants it, what is in it, and what he is told of it.

-- Whoever had the user name that the store gave when the shipment came in, decided in the
-- statement that inserts it and never afterwards. No reference: the ledger waits for no account.
ALTER TABLE carrier.shipments
    ADD COLUMN account_id bigint,
    ADD COLUMN redirected_at bigint;
CREATE INDEX shipments_account ON carrier.shipments (account_id, created_at DESC, id DESC)
    WHERE account_id IS NOT NULL;
COMMENT ON COLUMN carrier.shipments.account_id IS 'Its owner, if the store named one who had an account then.';
COMMENT ON COLUMN carrier.shipments.redirected_at IS 'When the last change of its destination was committed.';

CREATE TABLE carrier.departures (
    account_id bigint PRIMARY KEY,
    departed_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE carrier.departures IS 'Accounts that were deleted and whose shipments may still name them: it ends with each shipment.';

CREATE TABLE carrier.contents (
    shipment_id bigint PRIMARY KEY,
    items jsonb NOT NULL,
    learned_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE carrier.contents IS 'What is in a shipment, as its store has said when somebody asked.';

CREATE TABLE carrier.addresses (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id bigint NOT NULL REFERENCES carrier.accounts ON DELETE CASCADE,
    name text NOT NULL,
    x integer NOT NULL,
    y integer NOT NULL,
    is_default boolean NOT NULL DEFAULT false,
    UNIQUE (account_id, name)
);
CREATE UNIQUE INDEX addresses_default ON carrier.addresses (account_id) WHERE is_default;
COMMENT ON TABLE carrier.addresses IS 'Places that people send their packages to.';

CREATE TABLE carrier.notices (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id bigint NOT NULL REFERENCES carrier.accounts ON DELETE CASCADE,
    kind text NOT NULL,
    shipment_id bigint NOT NULL,
    at_us bigint NOT NULL,
    is_read boolean NOT NULL DEFAULT false,
    UNIQUE (account_id, shipment_id, kind)
);
CREATE INDEX notices_account ON carrier.notices (account_id, id DESC);
CREATE INDEX notices_unread ON carrier.notices (account_id) WHERE NOT is_read;
COMMENT ON TABLE carrier.notices IS 'The latest 200 of each account, read from its shipments: what was missed in a crash is read again.';
COMMENT ON COLUMN carrier.notices.at_us IS 'When it happened to the shipment, in microseconds since 1970-01-01 UTC.';
