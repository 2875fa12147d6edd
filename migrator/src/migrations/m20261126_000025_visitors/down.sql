DELETE FROM event_cursors WHERE name = 'alerts';
DROP TABLE alerts;
DROP TYPE alert_kind;
DROP TRIGGER saved_searches_watch_insert ON saved_searches;
DROP TRIGGER saved_searches_watch_update ON saved_searches;
DROP FUNCTION watch_saved_search();
DROP TABLE search_watches;
DROP FUNCTION saved_search_keys(jsonb);
DROP TRIGGER favourites_limit_insert ON favourites;
DROP TRIGGER favourites_limit_update ON favourites;
DROP TRIGGER saved_searches_limit_insert ON saved_searches;
DROP TRIGGER saved_searches_limit_update ON saved_searches;
DROP FUNCTION limit_list();
DROP POLICY favourites_visitor ON favourites;
DROP POLICY saved_searches_visitor ON saved_searches;
-- Without visitors their lists have no owner. The tables' owner is under the policies, too.
SELECT set_config('app.role', 'system', true);
DELETE FROM favourites WHERE visitor_id IS NOT NULL;
DELETE FROM saved_searches WHERE visitor_id IS NOT NULL;
SELECT set_config('app.role', '', true);
DROP INDEX favourites_newest_idx, favourites_user_id_idx, saved_searches_newest_idx, saved_searches_user_id_idx;
ALTER TABLE favourites
    DROP CONSTRAINT favourites_pkey,
    DROP COLUMN owner_id,
    DROP COLUMN visitor_id,
    DROP COLUMN title,
    DROP COLUMN notify_price_drop,
    ALTER COLUMN user_id SET NOT NULL,
    ADD PRIMARY KEY (user_id, property_id);
ALTER TABLE saved_searches
    DROP COLUMN owner_id,
    DROP COLUMN visitor_id,
    DROP COLUMN watched_from,
    ADD COLUMN last_notified_at timestamptz,
    ALTER COLUMN user_id SET NOT NULL;
CREATE INDEX saved_searches_user_id_idx ON saved_searches (user_id, created_at DESC);
CREATE INDEX saved_searches_notify_idx ON saved_searches (notify, last_notified_at) WHERE notify <> 'never';
DROP TABLE visitors;
DROP FUNCTION app_visitor_id();
