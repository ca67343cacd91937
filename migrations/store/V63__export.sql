-- A seller's orders of a period are read along time.

CREATE INDEX seller_orders_time ON store.seller_orders (seller_id, placed_us, order_id);
