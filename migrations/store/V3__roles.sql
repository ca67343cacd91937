-- Who may do what: everybody buys; an account that manages a seller sells; an admin runs the shop.

ALTER TABLE store.accounts ADD COLUMN is_admin boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN store.accounts.is_admin IS 'Runs the shop: warehouses, the world, the carrier, accounts.';

-- An account manages one seller at most: of those that managed several, the first stays.
UPDATE store.sellers s SET account_id = NULL
WHERE EXISTS (SELECT FROM store.sellers o WHERE o.account_id = s.account_id AND o.id < s.id);
CREATE UNIQUE INDEX sellers_account ON store.sellers (account_id);
