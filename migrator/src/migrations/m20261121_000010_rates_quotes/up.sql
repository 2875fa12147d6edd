-- Ranges are half-open and bounded: an empty range slips past an exclusion constraint,
-- an unbounded one blocks the property for ever. 'infinity' is a bound to PostgreSQL,
-- and subtracting it raises, hence the CASE.
CREATE FUNCTION is_bounded_range(during daterange, max_days integer) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN isempty(during) OR lower(during) IS NULL OR upper(during) IS NULL THEN false
    WHEN NOT isfinite(lower(during)) OR NOT isfinite(upper(during)) THEN false
    ELSE upper(during) - lower(during) <= max_days END;

CREATE TABLE rates (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    property_id uuid NOT NULL REFERENCES properties ON DELETE CASCADE,
    label text CHECK (length(label) BETWEEN 1 AND 120),
    during daterange NOT NULL CONSTRAINT rates_during_check CHECK (is_bounded_range(during, 3660)),
    price_per_night bigint NOT NULL CONSTRAINT rates_price_per_night_check CHECK (price_per_night BETWEEN 1 AND 10000000000000),
    min_nights integer NOT NULL DEFAULT 1 CONSTRAINT rates_min_nights_check CHECK (min_nights BETWEEN 1 AND 366),
    -- ISO weekdays (1 = Monday) on which a guest may arrive; empty means any.
    arrival_days smallint[] NOT NULL DEFAULT '{}' CONSTRAINT rates_arrival_days_check
        CHECK (arrival_days <@ '{1,2,3,4,5,6,7}'::smallint[] AND cardinality(arrival_days) <= 7),
    notice_days integer NOT NULL DEFAULT 0 CONSTRAINT rates_notice_days_check CHECK (notice_days BETWEEN 0 AND 365),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT rates_no_overlap EXCLUDE USING gist (property_id WITH =, during WITH &&)
);
CREATE TRIGGER rates_updated_at BEFORE UPDATE ON rates FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();
CREATE TRIGGER rates_audit AFTER INSERT OR UPDATE OR DELETE ON rates FOR EACH ROW
    EXECUTE FUNCTION audit_row_change('{id}', '{created_at,updated_at}', '{}');

-- Immutable, and holds no person: what was asked, the rules as they were, every line.
CREATE TABLE quotes (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    property_id uuid NOT NULL REFERENCES properties ON DELETE CASCADE,
    check_in date NOT NULL,
    check_out date NOT NULL,
    guests integer NOT NULL CONSTRAINT quotes_guests_check CHECK (guests BETWEEN 1 AND 1000),
    inputs jsonb NOT NULL CHECK (jsonb_typeof(inputs) = 'object'),
    rules jsonb NOT NULL CHECK (jsonb_typeof(rules) = 'object'),
    lines jsonb NOT NULL CHECK (jsonb_typeof(lines) = 'array'),
    total bigint NOT NULL CONSTRAINT quotes_total_check CHECK (total BETWEEN 1 AND 10000000000000),
    currency char(3) NOT NULL CONSTRAINT quotes_currency_check CHECK (currency IN ('THB', 'USD', 'EUR', 'GBP', 'JPY')),
    hash bytea NOT NULL CHECK (octet_length(hash) = 32),
    valid_until timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT quotes_dates_check CHECK (is_bounded_range(daterange(check_in, check_out), 366)),
    CONSTRAINT quotes_valid_until_check CHECK (valid_until > created_at)
);
CREATE INDEX quotes_property_id_idx ON quotes (property_id);
CREATE INDEX quotes_valid_until_idx ON quotes (valid_until);
CREATE TRIGGER quotes_immutable BEFORE UPDATE ON quotes FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
