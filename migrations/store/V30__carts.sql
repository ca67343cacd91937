-- What people mean to buy, before they are known and after.

CREATE TABLE store.carts (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id bigint UNIQUE REFERENCES store.accounts ON DELETE CASCADE,
    hash bytea UNIQUE,
    changed_at timestamptz NOT NULL DEFAULT now(),
    CHECK ((account_id IS NULL) <> (hash IS NULL))
);
CREATE INDEX carts_visitors ON store.carts (changed_at) WHERE hash IS NOT NULL;
COMMENT ON TABLE store.carts IS 'A cart for each account and for each browser that has put something in. A browser''s goes when it is old, or when there are too many.';
COMMENT ON COLUMN store.carts.hash IS 'The SHA-256 of what the browser''s cookie holds, never that itself.';

CREATE TABLE store.cart_items (
    cart_id bigint NOT NULL REFERENCES store.carts ON DELETE CASCADE,
    listing_id bigint NOT NULL REFERENCES store.listings,
    quantity integer NOT NULL CHECK (quantity BETWEEN 1 AND 10000),
    price_cents bigint NOT NULL,
    added_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (cart_id, listing_id)
);
COMMENT ON TABLE store.cart_items IS 'So many pieces of a listing in a cart.';
COMMENT ON COLUMN store.cart_items.price_cents IS 'The price when it was put in: another one now is worth a word.';

CREATE TABLE store.checkouts (
    order_id bigint PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX checkouts_at ON store.checkouts (at);
COMMENT ON TABLE store.checkouts IS 'Orders that have been taken out of their cart: an order that is sent twice is taken out once. Forgotten after 30 days.';
