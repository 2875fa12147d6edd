-- What was asked, for as long as the brand's profile says: to see what people look for and do not
-- find. No address and nothing by which a visitor would be known again.
CREATE TABLE search_history (
    -- Made before the answer goes out, so that a click can name it.
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    at timestamptz NOT NULL,
    -- Of whom has an account. Whoever goes takes their searches along.
    user_id uuid REFERENCES users ON DELETE CASCADE,
    -- `filters`: without words. `withheld`: with words that look personal; they are not kept.
    kind text NOT NULL CONSTRAINT search_history_kind_check CHECK (kind IN ('words', 'filters', 'withheld')),
    query text CONSTRAINT search_history_query_check CHECK (length(query) BETWEEN 1 AND 200),
    -- Lower case and single spaces: by this the same question is known again.
    normalised text COLLATE "C" CONSTRAINT search_history_normalised_check CHECK (length(normalised) BETWEEN 1 AND 400),
    locale text NOT NULL CONSTRAINT search_history_locale_check CHECK (locale ~ '^[a-z]{2}(-[A-Z]{2})?$'),
    filters jsonb NOT NULL DEFAULT '{}' CONSTRAINT search_history_filters_check
        CHECK (jsonb_typeof(filters) = 'object' AND octet_length(filters::text) <= 4000),
    chips jsonb NOT NULL DEFAULT '[]' CONSTRAINT search_history_chips_check
        CHECK (jsonb_typeof(chips) = 'array' AND octet_length(chips::text) <= 8000),
    total integer NOT NULL CONSTRAINT search_history_total_check CHECK (total >= 0),
    total_is_exact boolean NOT NULL,
    took_ms integer NOT NULL CONSTRAINT search_history_took_ms_check CHECK (took_ms >= 0),
    degraded boolean NOT NULL,
    -- The same client had asked the same that day, as far as the process that answered knew.
    is_repeat boolean NOT NULL,
    CONSTRAINT search_history_words_check
        CHECK ((kind = 'words') = (query IS NOT NULL) AND (kind = 'words') = (normalised IS NOT NULL))
);
-- A report reads a stretch of time from this index alone, and retention its old end.
CREATE INDEX search_history_at_idx ON search_history (at)
    INCLUDE (id, normalised, locale, user_id, total, took_ms, degraded, is_repeat);
CREATE INDEX search_history_user_id_idx ON search_history (user_id, at DESC, id DESC);

-- Which of the hits were opened, each once.
CREATE TABLE search_clicks (
    search_id uuid NOT NULL REFERENCES search_history ON DELETE CASCADE,
    property_id uuid NOT NULL REFERENCES properties ON DELETE CASCADE,
    -- From 1, over all pages of the answer.
    position integer NOT NULL CONSTRAINT search_clicks_position_check CHECK (position BETWEEN 1 AND 550),
    at timestamptz NOT NULL,
    PRIMARY KEY (search_id, property_id)
);
CREATE INDEX search_clicks_property_id_idx ON search_clicks (property_id);
CREATE INDEX search_clicks_at_idx ON search_clicks (at) INCLUDE (search_id, position);

-- What many ask and find: shown to everyone who begins to type. No person is in it, and what
-- fewer than five have asked never gets here.
CREATE TABLE search_popular (
    locale text NOT NULL CONSTRAINT search_popular_locale_check CHECK (locale ~ '^[a-z]{2}(-[A-Z]{2})?$'),
    query text COLLATE "C" NOT NULL CONSTRAINT search_popular_query_check CHECK (length(query) BETWEEN 1 AND 400),
    askers integer NOT NULL CONSTRAINT search_popular_askers_check CHECK (askers >= 5),
    PRIMARY KEY (locale, query)
);

-- Written by the platform alone, in one go for many people; a person sees and takes away their own.
ALTER TABLE search_history ENABLE ROW LEVEL SECURITY;
ALTER TABLE search_history FORCE ROW LEVEL SECURITY;
CREATE POLICY search_history_system ON search_history USING ((SELECT app_role()) = 'system');
CREATE POLICY search_history_staff ON search_history FOR SELECT USING ((SELECT app_role()) = 'admin');
CREATE POLICY search_history_own ON search_history FOR SELECT
    USING ((SELECT app_role()) IN ('user', 'agent', 'admin') AND user_id = (SELECT app_user_id()));
CREATE POLICY search_history_forget ON search_history FOR DELETE
    USING ((SELECT app_role()) IN ('user', 'agent', 'admin') AND user_id = (SELECT app_user_id()));

ALTER TABLE search_clicks ENABLE ROW LEVEL SECURITY;
ALTER TABLE search_clicks FORCE ROW LEVEL SECURITY;
CREATE POLICY search_clicks_system ON search_clicks USING ((SELECT app_role()) = 'system');
CREATE POLICY search_clicks_staff ON search_clicks FOR SELECT USING ((SELECT app_role()) = 'admin');
CREATE POLICY search_clicks_own ON search_clicks FOR SELECT
    USING ((SELECT app_role()) IN ('user', 'agent') AND EXISTS (SELECT FROM search_history h
        WHERE h.id = search_clicks.search_id AND h.user_id = (SELECT app_user_id())));
