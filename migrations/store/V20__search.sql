-- What the catalog searches, filters and sorts by. All of it follows from other columns and tables, and
-- is kept here so that each way to look at 100,000 products is a walk along an index.
--
-- Who writes products, listings or stock writes only those: the rest is generated, or kept by the triggers
-- below. Two columns are brought up to date every few seconds by the store instead, so that nobody who
-- takes orders or counts stock waits for a product's row: in_stock and sold.

CREATE FUNCTION store.folded(words text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT btrim(regexp_replace(
        replace(replace(replace(replace(translate(
            lower(regexp_replace(normalize(words, NFKD), '[\u0300-\u036f''\u2019\u02bc]', '', 'g') COLLATE "C"),
            'ØøŁłĐđÐðŦŧĦħıςΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩАБВГДЕЖЗИКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯЂЄЅІЈЉЊЋЏҐ',
            'oollddddtthhiσαβγδεζηθικλμνξοπρστυφχψωабвгдежзиклмнопрстуфхцчшщъыьэюяђєѕіјљњћџґ'),
            'ß', 'ss'), 'ẞ', 'ss'), 'æ', 'ae'), 'œ', 'oe'),
        '[\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00bf\u00d7\u00f7\u2000-\u206f\u20a0-\u20cf\u2190-\u2bff\u3000-\u303f]+',
        ' ', 'g'))
$$;
COMMENT ON FUNCTION store.folded IS 'Words as they are compared: without accents, case and punctuation, whatever the database''s locale. "Crème brûlée!" is "creme brulee".';

ALTER TABLE store.products
    ADD COLUMN words tsvector GENERATED ALWAYS AS
        (strip(to_tsvector('simple', store.folded(name || ' ' || category || ' ' || description)))) STORED,
    ADD COLUMN name_words tsvector GENERATED ALWAYS AS
        (strip(to_tsvector('simple', store.folded(name || ' ' || category)))) STORED,
    ADD COLUMN price_cents bigint,
    ADD COLUMN in_stock boolean NOT NULL DEFAULT false,
    ADD COLUMN sold bigint NOT NULL DEFAULT 0,
    ADD COLUMN ratings integer[] NOT NULL DEFAULT '{0,0,0,0,0}' CHECK (cardinality(ratings) = 5),
    ADD COLUMN rating_count integer GENERATED ALWAYS AS
        (ratings[1] + ratings[2] + ratings[3] + ratings[4] + ratings[5]) STORED,
    ADD COLUMN rating_hundredths integer GENERATED ALWAYS AS
        (coalesce((100 * (ratings[1] + 2 * ratings[2] + 3 * ratings[3] + 4 * ratings[4] + 5 * ratings[5])::bigint
            + (ratings[1] + ratings[2] + ratings[3] + ratings[4] + ratings[5]) / 2)
            / nullif(ratings[1] + ratings[2] + ratings[3] + ratings[4] + ratings[5], 0), 0)) STORED,
    ADD COLUMN rating_rank integer GENERATED ALWAYS AS
        ((1000 * (ratings[1] + 2 * ratings[2] + 3 * ratings[3] + 4 * ratings[4] + 5 * ratings[5])::bigint + 17500)
            / (ratings[1] + ratings[2] + ratings[3] + ratings[4] + ratings[5] + 5)) STORED;
COMMENT ON COLUMN store.products.words IS 'What a search looks in: name, category and description, folded.';
COMMENT ON COLUMN store.products.name_words IS 'Name and category alone: who is found there comes first.';
COMMENT ON COLUMN store.products.price_cents IS 'Of the cheapest offer; null: nobody offers it, so it is not for sale. Kept by a trigger of listings.';
COMMENT ON COLUMN store.products.in_stock IS 'Pieces of an offer are on a shelf. Follows stock within seconds.';
COMMENT ON COLUMN store.products.sold IS 'Pieces ordered so far. Follows orders within seconds.';
COMMENT ON COLUMN store.products.ratings IS 'How many reviews give 1, 2, 3, 4 and 5 stars. Kept by triggers of reviews.';
COMMENT ON COLUMN store.products.rating_hundredths IS 'The average of the stars, in hundredths; 0 without reviews.';
COMMENT ON COLUMN store.products.rating_rank IS 'The average as if five more reviews gave 3.5 stars, in thousandths: one review alone makes no best product.';

ALTER TABLE store.sellers
    ADD COLUMN ratings integer[] NOT NULL DEFAULT '{0,0,0,0,0}' CHECK (cardinality(ratings) = 5),
    ADD COLUMN rating_count integer GENERATED ALWAYS AS
        (ratings[1] + ratings[2] + ratings[3] + ratings[4] + ratings[5]) STORED,
    ADD COLUMN rating_hundredths integer GENERATED ALWAYS AS
        (coalesce((100 * (ratings[1] + 2 * ratings[2] + 3 * ratings[3] + 4 * ratings[4] + 5 * ratings[5])::bigint
            + (ratings[1] + ratings[2] + ratings[3] + ratings[4] + ratings[5]) / 2)
            / nullif(ratings[1] + ratings[2] + ratings[3] + ratings[4] + ratings[5], 0), 0)) STORED;
COMMENT ON COLUMN store.sellers.ratings IS 'As of products.';

-- The pending part of these indexes is read through by each search: it must stay short.
CREATE INDEX products_words ON store.products USING gin (words) WITH (gin_pending_list_limit = 256);
CREATE INDEX products_name_words ON store.products USING gin (name_words) WITH (gin_pending_list_limit = 256);
-- Each order that the catalog is shown in, for everything and for one category; read either way.
CREATE INDEX products_by_sold ON store.products (sold, id) WHERE price_cents IS NOT NULL;
CREATE INDEX products_by_price ON store.products (price_cents, id) WHERE price_cents IS NOT NULL;
CREATE INDEX products_by_rating ON store.products (rating_rank, id) WHERE price_cents IS NOT NULL;
CREATE INDEX products_category_by_sold ON store.products (category, sold, id) WHERE price_cents IS NOT NULL;
CREATE INDEX products_category_by_price ON store.products (category, price_cents, id) WHERE price_cents IS NOT NULL;
CREATE INDEX products_category_by_rating ON store.products (category, rating_rank, id) WHERE price_cents IS NOT NULL;
CREATE INDEX listings_seller ON store.listings (seller_id, product_id);
CREATE INDEX stock_listing ON store.stock (listing_id);

CREATE FUNCTION store.listings_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- First the rows, then what is true of them: who changes another offer of the same product waits here.
    PERFORM FROM store.products WHERE id IN (SELECT product_id FROM changed) ORDER BY id FOR NO KEY UPDATE;
    UPDATE store.products p SET price_cents = now.price, in_stock = now.in_stock
    FROM (
        SELECT c.product_id,
            (SELECT min(l.price_cents) FROM store.listings l
                WHERE l.product_id = c.product_id AND l.active) AS price,
            EXISTS (SELECT FROM store.listings l JOIN store.stock s ON s.listing_id = l.id
                WHERE l.product_id = c.product_id AND l.active AND s.on_hand > 0) AS in_stock
        FROM (SELECT DISTINCT product_id FROM changed) c) now
    WHERE p.id = now.product_id AND (p.price_cents, p.in_stock) IS DISTINCT FROM (now.price, now.in_stock);
    RETURN NULL;
END $$;
COMMENT ON FUNCTION store.listings_changed IS 'Keeps what products say of their offers.';
CREATE TRIGGER listings_inserted AFTER INSERT ON store.listings
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION store.listings_changed();
CREATE TRIGGER listings_updated AFTER UPDATE ON store.listings
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION store.listings_changed();
CREATE TRIGGER listings_deleted AFTER DELETE ON store.listings
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION store.listings_changed();

CREATE TABLE store.restocked (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    listing_id bigint NOT NULL
);
COMMENT ON TABLE store.restocked IS 'Listings whose stock somewhere became, or ceased to be, zero, until their products have been told.';

CREATE FUNCTION store.stock_turned() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO store.restocked (listing_id) VALUES (NEW.listing_id);
    RETURN NULL;
END $$;
COMMENT ON FUNCTION store.stock_turned IS 'Notes it and leaves the product alone: who counts stock must not wait for whoever changes a product.';
CREATE TRIGGER stock_appeared AFTER INSERT ON store.stock
    FOR EACH ROW WHEN (NEW.on_hand > 0) EXECUTE FUNCTION store.stock_turned();
CREATE TRIGGER stock_turned AFTER UPDATE OF on_hand ON store.stock
    FOR EACH ROW WHEN ((OLD.on_hand > 0) <> (NEW.on_hand > 0)) EXECUTE FUNCTION store.stock_turned();

CREATE TABLE store.sales_counted (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    order_last bigint NOT NULL DEFAULT 0
);
INSERT INTO store.sales_counted (order_last) SELECT coalesce(max(id), 0) FROM store.orders;
COMMENT ON TABLE store.sales_counted IS 'Up to which order products.sold has counted; one row.';

UPDATE store.products p SET
    price_cents = (SELECT min(l.price_cents) FROM store.listings l WHERE l.product_id = p.id AND l.active),
    in_stock = EXISTS (SELECT FROM store.listings l JOIN store.stock s ON s.listing_id = l.id
        WHERE l.product_id = p.id AND l.active AND s.on_hand > 0),
    sold = (SELECT coalesce(sum(i.quantity), 0) FROM store.order_items i WHERE i.product_id = p.id);
