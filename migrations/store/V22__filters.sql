-- For filters that leave little: without these a search for the few would walk past all the others.

CREATE INDEX products_by_stars ON store.products (rating_hundredths) WHERE price_cents IS NOT NULL;
CREATE INDEX products_stocked_by_sold ON store.products (sold, id) WHERE price_cents IS NOT NULL AND in_stock;
