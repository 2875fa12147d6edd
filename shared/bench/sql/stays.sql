-- :stays stays that lie apart, a hundred to each of the first listings: some years of weekends and
-- weeks around today. The constraint is built over all of them at once, which is faster than to
-- ask it a million times.
ALTER TABLE stays DROP CONSTRAINT stays_no_overlap;
SET maintenance_work_mem = '512MB';
INSERT INTO stays (property_id, during, kind)
SELECT ('00000000-0000-7000-8000-' || lpad(to_hex(1 + n / 100), 12, '0'))::uuid,
    daterange(starts, starts + 1 + (hashint4(n * 13) & 1023) % 5), 'block'
FROM (SELECT n, current_date - 240 + (n % 100) * 8 + (hashint4(n * 7) & 1023) % 3 AS starts
      FROM generate_series(0, :stays - 1) n) days;
ALTER TABLE stays ADD CONSTRAINT stays_no_overlap EXCLUDE USING gist (property_id WITH =, during WITH &&);
RESET maintenance_work_mem;
