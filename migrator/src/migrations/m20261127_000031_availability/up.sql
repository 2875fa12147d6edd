-- When a guest may arrive and leave, and how long before. A season (rates) may ask for more than
-- the listing, never for less: see decision 24.
ALTER TABLE rental_details
    -- ISO weekdays (1 = Monday) on which a guest may arrive and leave; empty means any.
    ADD COLUMN arrival_days smallint[] NOT NULL DEFAULT '{}' CONSTRAINT rental_details_arrival_days_check
        CHECK (arrival_days <@ '{1,2,3,4,5,6,7}'::smallint[] AND cardinality(arrival_days) <= 7),
    ADD COLUMN departure_days smallint[] NOT NULL DEFAULT '{}' CONSTRAINT rental_details_departure_days_check
        CHECK (departure_days <@ '{1,2,3,4,5,6,7}'::smallint[] AND cardinality(departure_days) <= 7),
    -- Whole days between the day of booking and the day of arrival.
    ADD COLUMN notice_days integer NOT NULL DEFAULT 0 CONSTRAINT rental_details_notice_days_check
        CHECK (notice_days BETWEEN 0 AND 365),
    -- From this time of the day on, the notice is a day longer.
    ADD COLUMN notice_until time,
    -- How many days ahead nights are let; NULL leaves it to the platform.
    ADD COLUMN window_days integer CONSTRAINT rental_details_window_days_check CHECK (window_days BETWEEN 1 AND 1095),
    -- Days after a stay in which nobody sleeps there.
    ADD COLUMN preparation_days smallint NOT NULL DEFAULT 0 CONSTRAINT rental_details_preparation_days_check
        CHECK (preparation_days BETWEEN 0 AND 14);

-- A booking's stay ends after its preparation, so that the one exclusion constraint keeps both
-- apart from everything else: check_out = upper(during) - preparation_days.
ALTER TABLE stays
    ADD COLUMN preparation_days smallint NOT NULL DEFAULT 0 CONSTRAINT stays_preparation_days_check
        CHECK (preparation_days BETWEEN 0 AND 14 AND (preparation_days = 0 OR kind IN ('booking', 'hold'))),
    -- Why a block is there. For the team alone, and no place for guests' details.
    ADD COLUMN note text CONSTRAINT stays_note_check CHECK (note IS NULL OR (kind = 'block' AND length(note) <= 500 AND note ~ '\S')),
    ADD COLUMN created_by uuid REFERENCES users ON DELETE SET NULL,
    DROP CONSTRAINT stays_during_check,
    ADD CONSTRAINT stays_during_check CHECK (CASE WHEN is_bounded_range(during, 366 + preparation_days)
        THEN upper(during) - lower(during) > preparation_days ELSE false END);
CREATE INDEX stays_created_by_idx ON stays (created_by);
