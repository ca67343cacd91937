-- What sellers need to look after their offers, and what they have sold.
--
-- Orders, their items and packages are written by the ledger alone. What sellers ask about them
-- (my orders by state, my days) would take a walk over all orders, so it is kept beside them by
-- triggers, within the ledger's own transactions: once for each statement, which is of hundreds
-- of rows where the store is busy. Amounts are numeric, because a sum that does not fit would
-- hold up the ledger.

ALTER TABLE store.products ADD COLUMN created_by bigint REFERENCES store.sellers;
COMMENT ON COLUMN store.products.created_by IS 'The seller who may change its description and category; null: nobody but the shop.';

-- Until now nobody wrote down who made a product; it was its only seller. Of several with one
-- name the first is taken, because a seller does not make the same product twice.
UPDATE store.products p SET created_by = made.seller_id
FROM (SELECT min(alone.product_id) AS product_id, alone.seller_id FROM (
        SELECT l.product_id, min(l.seller_id) AS seller_id FROM store.listings l
        GROUP BY l.product_id HAVING count(*) = 1) alone
    JOIN store.products o ON o.id = alone.product_id GROUP BY alone.seller_id, lower(o.name)) made
WHERE made.product_id = p.id;
CREATE UNIQUE INDEX products_created_by ON store.products (created_by, lower(name))
WHERE created_by IS NOT NULL;

ALTER TABLE store.listings ADD COLUMN reorder boolean NOT NULL DEFAULT true;
COMMENT ON COLUMN store.listings.reorder IS 'Whether warehouses buy by themselves; else only what they owe.';

-- Names that differ only in case would be taken for each other. One that is taken gets its number.
UPDATE store.sellers s SET name = s.name || ' ' || s.id
WHERE EXISTS (SELECT FROM store.sellers o WHERE lower(o.name) = lower(s.name) AND o.id < s.id);
CREATE UNIQUE INDEX sellers_name ON store.sellers (lower(name));

CREATE INDEX listings_of_seller ON store.listings (seller_id, id);
CREATE INDEX listings_ended ON store.listings (seller_id, id) WHERE NOT active;
CREATE INDEX order_items_listing ON store.order_items (listing_id, order_id);
CREATE INDEX purchase_items_listing ON store.purchase_items (listing_id, warehouse_id, purchase_id);

CREATE TABLE store.replenishments (
    seller_id bigint NOT NULL,
    key text NOT NULL,
    listing_id bigint NOT NULL,
    warehouse_id integer NOT NULL,
    quantity integer NOT NULL,
    asked_at timestamptz NOT NULL DEFAULT now(),
    purchase_id bigint,
    PRIMARY KEY (seller_id, key)
);
CREATE INDEX replenishments_purchase ON store.replenishments (warehouse_id, purchase_id);
COMMENT ON TABLE store.replenishments IS 'Stock that sellers asked for by hand: the same key asks once.';
COMMENT ON COLUMN store.replenishments.purchase_id IS 'What the warehouse bought; null: its answer has not been heard (yet).';

CREATE TABLE store.seller_orders (
    seller_id bigint NOT NULL,
    order_id bigint NOT NULL,
    state text NOT NULL CHECK (state IN ('waiting', 'moving', 'delivered', 'cancelled')),
    placed_us bigint NOT NULL,
    PRIMARY KEY (seller_id, order_id)
);
CREATE INDEX seller_orders_state ON store.seller_orders (seller_id, state, order_id);
COMMENT ON TABLE store.seller_orders IS 'Which orders have something of a seller''s, and how far that is. Kept by triggers.';
COMMENT ON COLUMN store.seller_orders.state IS 'waiting: some of it is to be packed; moving: some is on its way; delivered; cancelled: all of it is.';

CREATE TABLE store.seller_days (
    seller_id bigint NOT NULL,
    day date NOT NULL,
    orders bigint NOT NULL,
    units bigint NOT NULL,
    cents numeric NOT NULL,
    PRIMARY KEY (seller_id, day)
) WITH (fillfactor = 50);
COMMENT ON TABLE store.seller_days IS 'What a seller sold on a day (UTC, by when the order was placed), without what was cancelled. Kept by triggers.';

CREATE TABLE store.sales (
    seller_id bigint NOT NULL,
    day date NOT NULL,
    listing_id bigint NOT NULL,
    units bigint NOT NULL,
    cents numeric NOT NULL,
    PRIMARY KEY (seller_id, day, listing_id)
) WITH (fillfactor = 80);
COMMENT ON TABLE store.sales IS 'The same for each listing that was sold on that day. Kept by triggers.';

CREATE FUNCTION store.day_of(us bigint) RETURNS date LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT date '1970-01-01' + (us / 86400000000)::integer $$;
COMMENT ON FUNCTION store.day_of IS 'The day (UTC) of microseconds since 1970-01-01.';

CREATE FUNCTION store.stage_of(status text) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT CASE WHEN status IN ('created', 'packing') THEN 1 WHEN status = 'delivered' THEN 3
    WHEN status = 'cancelled' THEN 4 ELSE 2 END $$;
COMMENT ON FUNCTION store.stage_of IS 'A package''s status as sellers tell orders apart: the first of an order''s stages is its own.';

CREATE FUNCTION store.state_of(stage integer) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT (ARRAY['waiting', 'moving', 'delivered', 'cancelled'])[stage] $$;

-- Each row of a statement is looked up by key, from the statement outwards, whatever the planner
-- believed of the tables when it planned: a plan is kept, and it may have been made when they were empty.
CREATE FUNCTION store.count_sold() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off AS $$
BEGIN
    WITH sold AS MATERIALIZED (
        SELECT l.seller_id, i.order_id, i.listing_id, i.quantity,
            i.price_cents::numeric * i.quantity AS cents, o.placed_us, store.day_of(o.placed_us) AS day
        FROM added i
        CROSS JOIN LATERAL (SELECT seller_id FROM store.listings WHERE id = i.listing_id OFFSET 0) l
        CROSS JOIN LATERAL (SELECT placed_us FROM store.orders WHERE id = i.order_id OFFSET 0) o
    ), orders AS (
        INSERT INTO store.seller_orders (seller_id, order_id, state, placed_us)
        SELECT DISTINCT seller_id, order_id, 'waiting', placed_us FROM sold
        ON CONFLICT DO NOTHING RETURNING seller_id, placed_us
    ), listings AS (
        INSERT INTO store.sales AS s (seller_id, day, listing_id, units, cents)
        SELECT seller_id, day, listing_id, sum(quantity), sum(cents) FROM sold GROUP BY 1, 2, 3
        ON CONFLICT (seller_id, day, listing_id) DO UPDATE SET
            units = s.units + excluded.units, cents = s.cents + excluded.cents
    )
    INSERT INTO store.seller_days AS d (seller_id, day, orders, units, cents)
    SELECT seller_id, day, sum(orders), sum(units), sum(cents) FROM (
        SELECT seller_id, day, 0 AS orders, quantity AS units, cents FROM sold
        UNION ALL SELECT seller_id, store.day_of(placed_us), 1, 0, 0 FROM orders) parts
    GROUP BY 1, 2
    ON CONFLICT (seller_id, day) DO UPDATE SET orders = d.orders + excluded.orders,
        units = d.units + excluded.units, cents = d.cents + excluded.cents;
    RETURN NULL;
END $$;
CREATE TRIGGER count_sold AFTER INSERT ON store.order_items
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION store.count_sold();

CREATE FUNCTION store.follow_sold() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off AS $$
BEGIN
    -- Most of what happens to a package leaves it in its stage.
    IF NOT EXISTS (SELECT FROM after n JOIN before o ON o.id = n.id
        WHERE store.stage_of(n.status) <> store.stage_of(o.status)) THEN
        RETURN NULL;
    END IF;
    WITH moved AS MATERIALIZED (
        SELECT n.id, n.order_id, n.status = 'cancelled' AS is_cancelled
        FROM after n JOIN before o ON o.id = n.id
        WHERE store.stage_of(n.status) <> store.stage_of(o.status)
    ), states AS MATERIALIZED (
        SELECT l.seller_id, m.order_id, store.state_of(min(store.stage_of(p.status))) AS state
        FROM (SELECT DISTINCT order_id FROM moved) m
        CROSS JOIN LATERAL (SELECT id, status FROM store.packages
            WHERE order_id = m.order_id OFFSET 0) p
        CROSS JOIN LATERAL (SELECT listing_id FROM store.package_items
            WHERE package_id = p.id OFFSET 0) i
        CROSS JOIN LATERAL (SELECT seller_id FROM store.listings WHERE id = i.listing_id OFFSET 0) l
        GROUP BY 1, 2
    ), followed AS (
        UPDATE store.seller_orders s SET state = n.state FROM states n
        WHERE s.seller_id = n.seller_id AND s.order_id = n.order_id AND s.state <> n.state
        RETURNING s.seller_id, s.placed_us, s.state
    ), void AS MATERIALIZED (
        SELECT l.seller_id, store.day_of(o.placed_us) AS day, i.listing_id,
            sum(i.quantity) AS units, sum(price.cents * i.quantity) AS cents
        FROM moved m
        CROSS JOIN LATERAL (SELECT placed_us FROM store.orders WHERE id = m.order_id OFFSET 0) o
        CROSS JOIN LATERAL (SELECT listing_id, quantity FROM store.package_items
            WHERE package_id = m.id OFFSET 0) i
        CROSS JOIN LATERAL (SELECT seller_id FROM store.listings WHERE id = i.listing_id OFFSET 0) l
        CROSS JOIN LATERAL (SELECT price_cents::numeric AS cents FROM store.order_items
            WHERE order_id = m.order_id AND listing_id = i.listing_id OFFSET 0) price
        WHERE m.is_cancelled GROUP BY 1, 2, 3
    ), listings AS (
        UPDATE store.sales s SET units = s.units - v.units, cents = s.cents - v.cents FROM void v
        WHERE s.seller_id = v.seller_id AND s.day = v.day AND s.listing_id = v.listing_id
    )
    UPDATE store.seller_days d SET
        orders = d.orders - v.orders, units = d.units - v.units, cents = d.cents - v.cents
    FROM (SELECT seller_id, day, sum(orders) AS orders, sum(units) AS units, sum(cents) AS cents FROM (
            SELECT seller_id, day, 0 AS orders, units, cents FROM void
            UNION ALL SELECT seller_id, store.day_of(placed_us), 1, 0, 0 FROM followed
            WHERE state = 'cancelled') parts
        GROUP BY 1, 2) v
    WHERE d.seller_id = v.seller_id AND d.day = v.day;
    RETURN NULL;
END $$;
CREATE TRIGGER follow_sold AFTER UPDATE ON store.packages
    REFERENCING OLD TABLE AS before NEW TABLE AS after
    FOR EACH STATEMENT EXECUTE FUNCTION store.follow_sold();

CREATE FUNCTION store.recount_sales() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM store.seller_orders;
    DELETE FROM store.seller_days;
    DELETE FROM store.sales;
    CREATE TEMPORARY TABLE void ON COMMIT DROP AS
        SELECT p.order_id, i.listing_id, sum(i.quantity) AS quantity FROM store.packages p
        JOIN store.package_items i ON i.package_id = p.id
        WHERE p.status = 'cancelled' GROUP BY 1, 2;
    INSERT INTO store.seller_orders (seller_id, order_id, state, placed_us)
    SELECT l.seller_id, p.order_id, store.state_of(min(store.stage_of(p.status))), min(o.placed_us)
    FROM store.packages p
    JOIN store.orders o ON o.id = p.order_id
    JOIN store.package_items i ON i.package_id = p.id
    JOIN store.listings l ON l.id = i.listing_id
    GROUP BY 1, 2 ORDER BY 2, 1;
    INSERT INTO store.sales (seller_id, day, listing_id, units, cents)
    SELECT l.seller_id, store.day_of(o.placed_us), i.listing_id,
        sum(i.quantity - coalesce(v.quantity, 0)),
        sum(i.price_cents::numeric * (i.quantity - coalesce(v.quantity, 0)))
    FROM store.order_items i
    JOIN store.orders o ON o.id = i.order_id
    JOIN store.listings l ON l.id = i.listing_id
    LEFT JOIN void v ON v.order_id = i.order_id AND v.listing_id = i.listing_id
    GROUP BY 1, 2, 3 ORDER BY 2, 1, 3;
    INSERT INTO store.seller_days (seller_id, day, orders, units, cents)
    SELECT seller_id, day, sum(orders), sum(units), sum(cents) FROM (
        SELECT seller_id, day, 0 AS orders, units, cents FROM store.sales
        UNION ALL SELECT seller_id, store.day_of(placed_us), 1, 0, 0 FROM store.seller_orders
        WHERE state <> 'cancelled') parts
    GROUP BY 1, 2;
    DROP TABLE void;
END $$;
COMMENT ON FUNCTION store.recount_sales IS 'Makes seller_orders, seller_days and sales anew from the orders there are: for who wrote those past the triggers. Not while the store runs.';

SELECT store.recount_sales();
