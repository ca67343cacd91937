-- Who fills the store with products writes no maker down; this does.

CREATE FUNCTION store.note_makers() RETURNS void LANGUAGE sql AS $$
    UPDATE store.products p SET created_by = made.seller_id
    FROM (SELECT min(alone.product_id) AS product_id, alone.seller_id FROM (
            SELECT l.product_id, min(l.seller_id) AS seller_id FROM store.listings l
            GROUP BY l.product_id HAVING count(*) = 1) alone
        JOIN store.products o ON o.id = alone.product_id GROUP BY alone.seller_id, lower(o.name)) made
    WHERE made.product_id = p.id
$$;
COMMENT ON FUNCTION store.note_makers IS 'Makes a product''s only seller its maker; of several with one name the first is taken, because a seller does not make the same product twice. For who wrote products without it.';
