-- Orders are looked for by time and by tracking number.

CREATE INDEX orders_account_time ON store.orders (account_id, placed_us);
CREATE INDEX packages_tracking ON store.packages (tracking_number) WHERE tracking_number IS NOT NULL;
