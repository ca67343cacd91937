-- What people may say about themselves, accounts that are suspended, accounts that went.

ALTER TABLE store.accounts
    ADD COLUMN address text NOT NULL DEFAULT '',
    ADD COLUMN default_x integer,
    ADD COLUMN default_y integer,
    ADD COLUMN carrier_account text,
    ADD COLUMN suspended_at timestamptz,
    ADD CONSTRAINT accounts_default_place CHECK ((default_x IS NULL) = (default_y IS NULL));
COMMENT ON COLUMN store.accounts.address IS 'As its owner writes it; for people, nothing is sent there.';
COMMENT ON COLUMN store.accounts.default_x IS 'Where orders go unless they say otherwise.';
COMMENT ON COLUMN store.accounts.suspended_at IS 'Since then it can neither log in nor use a token.';

-- Admins look for accounts by how an address or a name begins.
CREATE INDEX accounts_email_begins ON store.accounts (lower(email) text_pattern_ops);
CREATE INDEX accounts_first_name_begins ON store.accounts (lower(first_name) text_pattern_ops);
CREATE INDEX accounts_last_name_begins ON store.accounts (lower(last_name) text_pattern_ops);
CREATE INDEX accounts_admins ON store.accounts (id) WHERE is_admin;
CREATE INDEX accounts_suspended ON store.accounts (id) WHERE suspended_at IS NOT NULL;

CREATE TABLE store.departures (
    account_id bigint PRIMARY KEY,
    departed_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE store.departures IS 'Accounts that were deleted and whose e-mail address still stands in an order: those under way need it. It goes when they are finished.';
