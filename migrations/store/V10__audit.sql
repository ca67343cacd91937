-- What sellers and admins did, for whoever has to find out later.

CREATE TABLE store.audit (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT now(),
    account_id bigint,
    who text NOT NULL,
    action text NOT NULL,
    subject text NOT NULL,
    detail jsonb NOT NULL DEFAULT '{}',
    address text
);
CREATE INDEX audit_account ON store.audit (account_id, id);
CREATE INDEX audit_action ON store.audit (action text_pattern_ops, id);
CREATE INDEX audit_subject ON store.audit (subject text_pattern_ops, id);
CREATE INDEX audit_at ON store.audit (at);
COMMENT ON TABLE store.audit IS 'Who did what, on what, when, from which address. Only added to, but that an account that was deleted loses its address; it names no secret.';
COMMENT ON COLUMN store.audit.account_id IS 'Null: the command line. Not a reference: what an account did stays when it goes.';
COMMENT ON COLUMN store.audit.who IS 'The e-mail address of that moment, or what else did it.';
COMMENT ON COLUMN store.audit.action IS 'thing.done, such as warehouse.added.';
COMMENT ON COLUMN store.audit.subject IS 'The thing and its id, such as warehouse 7.';
