-- What becomes of the answers, added up by day: nobody is known again by it ---------------------------

CREATE TABLE faq_days (
    document_id uuid NOT NULL REFERENCES faq_documents ON DELETE CASCADE,
    day date NOT NULL CONSTRAINT faq_days_day_check CHECK (isfinite(day)),
    -- Came first in an answer that was given with confidence.
    matched integer NOT NULL DEFAULT 0 CONSTRAINT faq_days_matched_check CHECK (matched >= 0),
    viewed integer NOT NULL DEFAULT 0 CONSTRAINT faq_days_viewed_check CHECK (viewed >= 0),
    helpful integer NOT NULL DEFAULT 0 CONSTRAINT faq_days_helpful_check CHECK (helpful >= 0),
    unhelpful integer NOT NULL DEFAULT 0 CONSTRAINT faq_days_unhelpful_check CHECK (unhelpful >= 0),
    PRIMARY KEY (document_id, day)
);
CREATE INDEX faq_days_day_idx ON faq_days (day);

CREATE TABLE faq_search_days (
    day date NOT NULL CONSTRAINT faq_search_days_day_check CHECK (isfinite(day)),
    locale text NOT NULL CONSTRAINT faq_search_days_locale_check CHECK (locale ~ '^[a-z]{2}(-[A-Z]{2})?$'),
    searches integer NOT NULL DEFAULT 0 CONSTRAINT faq_search_days_searches_check CHECK (searches >= 0),
    no_answer integer NOT NULL DEFAULT 0 CONSTRAINT faq_search_days_no_answer_check CHECK (no_answer BETWEEN 0 AND searches),
    PRIMARY KEY (day, locale)
);

-- Questions that no document answers. Those of the same words are one.
CREATE TABLE faq_gaps (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    locale text NOT NULL CONSTRAINT faq_gaps_locale_check CHECK (locale ~ '^[a-z]{2}(-[A-Z]{2})?$'),
    -- The stems of its words, each once, in their order: what groups it.
    words text NOT NULL CONSTRAINT faq_gaps_words_check CHECK (length(words) BETWEEN 1 AND 400),
    -- As somebody asked it last.
    question text NOT NULL CONSTRAINT faq_gaps_question_check CHECK (btrim(question) <> '' AND length(question) <= 200),
    asked integer NOT NULL CONSTRAINT faq_gaps_asked_check CHECK (asked > 0),
    first_at timestamptz NOT NULL DEFAULT now(),
    last_at timestamptz NOT NULL DEFAULT now(),
    -- Set by an admin: what answers it now, or that nothing should.
    document_id uuid REFERENCES faq_documents ON DELETE SET NULL,
    dismissed_at timestamptz,
    CONSTRAINT faq_gaps_words_key UNIQUE (locale, words)
);
CREATE INDEX faq_gaps_document_id_idx ON faq_gaps (document_id);
CREATE INDEX faq_gaps_open_idx ON faq_gaps (asked DESC, id) WHERE document_id IS NULL AND dismissed_at IS NULL;
CREATE INDEX faq_gaps_last_at_idx ON faq_gaps (last_at);
