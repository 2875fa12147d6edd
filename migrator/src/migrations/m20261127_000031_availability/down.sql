DROP INDEX stays_created_by_idx;
-- What is longer than a stay could be before loses its days of preparation.
UPDATE stays SET during = daterange(lower(during), upper(during) - preparation_days)
 WHERE upper(during) - lower(during) > 366;
ALTER TABLE stays
    DROP CONSTRAINT stays_during_check,
    DROP COLUMN preparation_days,
    DROP COLUMN note,
    DROP COLUMN created_by,
    ADD CONSTRAINT stays_during_check CHECK (is_bounded_range(during, 366));
ALTER TABLE rental_details
    DROP COLUMN arrival_days,
    DROP COLUMN departure_days,
    DROP COLUMN notice_days,
    DROP COLUMN notice_until,
    DROP COLUMN window_days,
    DROP COLUMN preparation_days;
