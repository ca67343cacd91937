-- What somebody should know: something of theirs has moved.

CREATE TABLE store.notices (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id bigint NOT NULL REFERENCES store.accounts ON DELETE CASCADE,
    kind text NOT NULL,
    order_id bigint NOT NULL,
    package_id bigint NOT NULL,
    at_us bigint NOT NULL,
    is_read boolean NOT NULL DEFAULT false,
    UNIQUE (account_id, package_id, kind)
);
CREATE INDEX notices_account ON store.notices (account_id, id DESC);
CREATE INDEX notices_unread ON store.notices (account_id) WHERE NOT is_read;
COMMENT ON TABLE store.notices IS 'The latest 200 of each account. Derived from what happens to packages, once for each: what was missed in a crash is derived again.';
COMMENT ON COLUMN store.notices.at_us IS 'When it happened to the package, in microseconds since 1970-01-01 UTC.';
