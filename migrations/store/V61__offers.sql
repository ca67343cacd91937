-- What products say of their offers is made true in one place, for the triggers and for who
-- tells stock to the products afterwards.

CREATE FUNCTION store.follow_offers(followed bigint[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    -- First the rows, then what is true of them: who changes another offer of the same product waits
    -- here, and looks again after that.
    PERFORM FROM store.products WHERE id = ANY (followed) ORDER BY id FOR NO KEY UPDATE;
    UPDATE store.products p SET price_cents = now.price, in_stock = now.in_stock
    FROM (
        SELECT c.product_id,
            (SELECT min(l.price_cents) FROM store.listings l
                WHERE l.product_id = c.product_id AND l.active) AS price,
            EXISTS (SELECT FROM store.listings l JOIN store.stock s ON s.listing_id = l.id
                WHERE l.product_id = c.product_id AND l.active AND s.on_hand > 0) AS in_stock
        FROM unnest(followed) AS c (product_id)) now
    WHERE p.id = now.product_id AND (p.price_cents, p.in_stock) IS DISTINCT FROM (now.price, now.in_stock);
END $$;
COMMENT ON FUNCTION store.follow_offers IS 'Makes what these products say of their offers true, each given once.';

CREATE OR REPLACE FUNCTION store.listings_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM store.follow_offers(ARRAY(SELECT DISTINCT product_id FROM changed));
    RETURN NULL;
END $$;
