CREATE TABLE IF NOT EXISTS orders (
	id        TEXT   PRIMARY KEY,
	buyer     TEXT   NOT NULL,
	lines     TEXT   NOT NULL, -- JSON
	status    TEXT   NOT NULL,
	placed_at BIGINT NOT NULL, -- times are milliseconds since 1970
	version   BIGINT NOT NULL
);
CREATE INDEX IF NOT EXISTS orders_by_time ON orders (placed_at, id);
CREATE INDEX IF NOT EXISTS orders_submitted ON orders (placed_at) WHERE status = 'submitted';

CREATE TABLE IF NOT EXISTS outbox (
	id           TEXT   PRIMARY KEY,
	name         TEXT   NOT NULL,
	order_id     TEXT   NOT NULL,
	at           BIGINT NOT NULL,
	published_at BIGINT -- NULL: not yet
);
CREATE INDEX IF NOT EXISTS outbox_unpublished ON outbox (at, id) WHERE published_at IS NULL;

CREATE TABLE IF NOT EXISTS inbox (
	event_id    TEXT   PRIMARY KEY,
	order_id    TEXT   NOT NULL,
	recorded_at BIGINT NOT NULL
);
