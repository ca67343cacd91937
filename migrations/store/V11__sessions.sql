-- Browsers' sessions apart from programs' tokens: they end by other rules and are listed to their owner.
-- What browsers had before was a token; people log in once more.

CREATE TABLE store.sessions (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    hash bytea NOT NULL UNIQUE,
    account_id bigint NOT NULL REFERENCES store.accounts ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT now(),
    used_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    idle_hours integer NOT NULL CHECK (idle_hours > 0),
    user_agent text NOT NULL DEFAULT '',
    address text
);
CREATE INDEX sessions_account ON store.sessions (account_id, used_at);
CREATE INDEX sessions_expiry ON store.sessions (expires_at);
COMMENT ON TABLE store.sessions IS 'Browsers that are logged in: the SHA-256 of each session''s id, never the id.';
COMMENT ON COLUMN store.sessions.used_at IS 'Within some minutes: it is not written at every request.';
COMMENT ON COLUMN store.sessions.idle_hours IS 'It ends when it was not used for so long, or at expires_at.';

ALTER TABLE store.tokens
    ADD COLUMN id bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    ADD COLUMN name text NOT NULL DEFAULT '',
    ADD COLUMN scopes text[],
    ADD COLUMN used_at timestamptz;
CREATE INDEX tokens_expiry ON store.tokens (expires_at);
COMMENT ON TABLE store.tokens IS 'Programs'' tokens for the API: the SHA-256 of each, never the token.';
COMMENT ON COLUMN store.tokens.scopes IS 'What it may be used for: read, buy, sell, admin. Null: everything that its account may do.';
COMMENT ON COLUMN store.tokens.used_at IS 'Within some minutes; null until it is used.';
