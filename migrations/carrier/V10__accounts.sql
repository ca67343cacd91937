-- People with an account at the carrier: its customers, and its staff. The web front writes these
-- tables; everything about shipments and trucks is the ledger's.
-- Accounts, sessions, tokens and the audit log have the shape that sites share.

CREATE TABLE carrier.accounts (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL,
    email text NOT NULL,
    password_hash text NOT NULL,
    first_name text NOT NULL,
    last_name text NOT NULL,
    is_staff boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now(),
    suspended_at timestamptz
);
CREATE UNIQUE INDEX accounts_email ON carrier.accounts (lower(email));
COMMENT ON TABLE carrier.accounts IS 'Who can log in; the password only as an argon2id hash.';
COMMENT ON COLUMN carrier.accounts.name IS 'The user name, in small letters: what is told a store so that its shipments are found here.';
COMMENT ON COLUMN carrier.accounts.is_staff IS 'Runs the carrier: its fleet, its queue, its links.';
COMMENT ON COLUMN carrier.accounts.suspended_at IS 'Since then it can neither log in nor use a token.';

-- A name is never given twice: whoever has it next would get what is sent to the one before.
CREATE TABLE carrier.names (
    name text PRIMARY KEY,
    account_id bigint UNIQUE REFERENCES carrier.accounts ON DELETE SET NULL
);
COMMENT ON TABLE carrier.names IS 'Every user name that was ever given and whose it is; null: its account was deleted.';

CREATE TABLE carrier.sessions (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    hash bytea NOT NULL UNIQUE,
    account_id bigint NOT NULL REFERENCES carrier.accounts ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT now(),
    used_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    idle_hours integer NOT NULL CHECK (idle_hours > 0),
    user_agent text NOT NULL DEFAULT '',
    address text
);
CREATE INDEX sessions_account ON carrier.sessions (account_id, used_at);
CREATE INDEX sessions_expiry ON carrier.sessions (expires_at);
COMMENT ON TABLE carrier.sessions IS 'Browsers that are logged in: the SHA-256 of each session''s id, never the id.';

CREATE TABLE carrier.tokens (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    hash bytea NOT NULL UNIQUE,
    account_id bigint NOT NULL REFERENCES carrier.accounts ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT now(),
    used_at timestamptz,
    expires_at timestamptz NOT NULL,
    name text NOT NULL DEFAULT '',
    scopes text[]
);
CREATE INDEX tokens_account ON carrier.tokens (account_id);
CREATE INDEX tokens_expiry ON carrier.tokens (expires_at);
COMMENT ON TABLE carrier.tokens IS 'Programs'' tokens for the API: the SHA-256 of each, never the token.';
COMMENT ON COLUMN carrier.tokens.scopes IS 'What it may be used for: read, change, staff. Null: everything that its account may do.';

CREATE TABLE carrier.audit (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT now(),
    account_id bigint,
    who text NOT NULL,
    action text NOT NULL,
    subject text NOT NULL,
    detail jsonb NOT NULL DEFAULT '{}',
    address text
);
CREATE INDEX audit_account ON carrier.audit (account_id, id);
COMMENT ON TABLE carrier.audit IS 'Who did what, on what, when, from which address. Only added to, but that an account that was deleted loses its address; it names no secret.';
COMMENT ON COLUMN carrier.audit.account_id IS 'Null: the command line. Not a reference: what an account did stays when it goes.';
