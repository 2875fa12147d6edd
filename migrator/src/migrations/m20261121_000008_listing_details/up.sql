CREATE TYPE cancellation_policy AS ENUM ('flexible', 'moderate', 'firm', 'strict');
CREATE TYPE ownership_type AS ENUM ('freehold', 'leasehold', 'company');
CREATE TYPE title_deed AS ENUM ('chanote', 'nor_sor_3_gor', 'nor_sor_3', 'sor_kor_1', 'condominium', 'none');
CREATE TYPE fee_share AS ENUM ('buyer', 'seller', 'split');
CREATE TYPE investment_stage AS ENUM ('planning', 'presale', 'construction', 'completed');

-- Money is in the smallest unit of the property's currency.
CREATE TABLE rental_details (
    property_id uuid PRIMARY KEY REFERENCES properties ON DELETE CASCADE,
    price_per_night bigint CONSTRAINT rental_details_price_per_night_check CHECK (price_per_night BETWEEN 1 AND 10000000000000),
    price_per_week bigint CONSTRAINT rental_details_price_per_week_check CHECK (price_per_week BETWEEN 1 AND 10000000000000),
    price_per_month bigint CONSTRAINT rental_details_price_per_month_check CHECK (price_per_month BETWEEN 1 AND 10000000000000),
    cleaning_fee bigint CONSTRAINT rental_details_cleaning_fee_check CHECK (cleaning_fee BETWEEN 0 AND 10000000000000),
    deposit bigint CONSTRAINT rental_details_deposit_check CHECK (deposit BETWEEN 0 AND 10000000000000),
    -- A stay has at most 366 nights; a longer minimum could never be booked.
    min_nights integer NOT NULL DEFAULT 1 CONSTRAINT rental_details_min_nights_check CHECK (min_nights BETWEEN 1 AND 366),
    max_nights integer,
    max_guests integer CONSTRAINT rental_details_max_guests_check CHECK (max_guests BETWEEN 1 AND 1000),
    check_in_time time,
    check_out_time time,
    instant_book boolean NOT NULL DEFAULT false,
    cancellation_policy cancellation_policy,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT rental_details_max_nights_check CHECK (max_nights BETWEEN min_nights AND 3650)
);

CREATE TABLE lease_details (
    property_id uuid PRIMARY KEY REFERENCES properties ON DELETE CASCADE,
    min_term_months integer CONSTRAINT lease_details_min_term_months_check CHECK (min_term_months BETWEEN 1 AND 1200),
    max_term_months integer CONSTRAINT lease_details_max_term_months_check CHECK (max_term_months BETWEEN 1 AND 1200),
    deposit_months integer CONSTRAINT lease_details_deposit_months_check CHECK (deposit_months BETWEEN 0 AND 120),
    advance_months integer CONSTRAINT lease_details_advance_months_check CHECK (advance_months BETWEEN 0 AND 120),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT lease_details_term_check CHECK (min_term_months <= max_term_months)
);

CREATE TABLE sale_details (
    property_id uuid PRIMARY KEY REFERENCES properties ON DELETE CASCADE,
    ownership_type ownership_type,
    title_deed title_deed,
    land_sqm double precision CONSTRAINT sale_details_land_sqm_check CHECK (land_sqm > 0 AND land_sqm <= 1e9),
    foreign_quota boolean,
    transfer_fee_share fee_share,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE business_details (
    property_id uuid PRIMARY KEY REFERENCES properties ON DELETE CASCADE,
    business_type text NOT NULL CONSTRAINT business_details_business_type_check CHECK (length(business_type) BETWEEN 1 AND 100),
    annual_revenue bigint CONSTRAINT business_details_annual_revenue_check CHECK (annual_revenue BETWEEN 0 AND 10000000000000),
    -- A business may lose money.
    annual_profit bigint CONSTRAINT business_details_annual_profit_check CHECK (annual_profit BETWEEN -10000000000000 AND 10000000000000),
    staff integer CONSTRAINT business_details_staff_check CHECK (staff BETWEEN 0 AND 1000000),
    lease_remaining_months integer CONSTRAINT business_details_lease_remaining_months_check CHECK (lease_remaining_months BETWEEN 0 AND 1200),
    assets_included text[] NOT NULL DEFAULT '{}' CONSTRAINT business_details_assets_included_check
        CHECK (cardinality(assets_included) <= 100 AND array_position(assets_included, NULL) IS NULL),
    reason_for_sale text CONSTRAINT business_details_reason_for_sale_check CHECK (length(reason_for_sale) <= 4000),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE investment_details (
    property_id uuid PRIMARY KEY REFERENCES properties ON DELETE CASCADE,
    stage investment_stage NOT NULL,
    developer text CONSTRAINT investment_details_developer_check CHECK (length(developer) BETWEEN 1 AND 200),
    target_amount bigint CONSTRAINT investment_details_target_amount_check CHECK (target_amount BETWEEN 1 AND 10000000000000),
    min_ticket bigint CONSTRAINT investment_details_min_ticket_check CHECK (min_ticket BETWEEN 1 AND 10000000000000),
    expected_yield_bps integer CONSTRAINT investment_details_expected_yield_bps_check CHECK (expected_yield_bps BETWEEN 0 AND 10000),
    completion_on date CONSTRAINT investment_details_completion_on_check CHECK (isfinite(completion_on)),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT investment_details_ticket_check CHECK (min_ticket <= target_amount)
);

CREATE TRIGGER rental_details_updated_at BEFORE UPDATE ON rental_details FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();
CREATE TRIGGER lease_details_updated_at BEFORE UPDATE ON lease_details FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();
CREATE TRIGGER sale_details_updated_at BEFORE UPDATE ON sale_details FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();
CREATE TRIGGER business_details_updated_at BEFORE UPDATE ON business_details FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();
CREATE TRIGGER investment_details_updated_at BEFORE UPDATE ON investment_details FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();
CREATE TRIGGER rental_details_audit AFTER INSERT OR UPDATE OR DELETE ON rental_details FOR EACH ROW
    EXECUTE FUNCTION audit_row_change('{property_id}', '{created_at,updated_at}', '{}');
CREATE TRIGGER lease_details_audit AFTER INSERT OR UPDATE OR DELETE ON lease_details FOR EACH ROW
    EXECUTE FUNCTION audit_row_change('{property_id}', '{created_at,updated_at}', '{}');
CREATE TRIGGER sale_details_audit AFTER INSERT OR UPDATE OR DELETE ON sale_details FOR EACH ROW
    EXECUTE FUNCTION audit_row_change('{property_id}', '{created_at,updated_at}', '{}');
CREATE TRIGGER business_details_audit AFTER INSERT OR UPDATE OR DELETE ON business_details FOR EACH ROW
    EXECUTE FUNCTION audit_row_change('{property_id}', '{created_at,updated_at}', '{}');
CREATE TRIGGER investment_details_audit AFTER INSERT OR UPDATE OR DELETE ON investment_details FOR EACH ROW
    EXECUTE FUNCTION audit_row_change('{property_id}', '{created_at,updated_at}', '{}');
