-- Prices of a season ----------------------------------------------------------------------------

ALTER TABLE rates
    ADD COLUMN weekend_price_per_night bigint CONSTRAINT rates_weekend_price_per_night_check
        CHECK (weekend_price_per_night BETWEEN 1 AND 10000000000000),
    ADD COLUMN price_per_week bigint CONSTRAINT rates_price_per_week_check CHECK (price_per_week BETWEEN 1 AND 10000000000000),
    ADD COLUMN price_per_month bigint CONSTRAINT rates_price_per_month_check CHECK (price_per_month BETWEEN 1 AND 10000000000000);

-- Terms of a listing ------------------------------------------------------------------------------

-- What the price of a stay depends on besides the prices themselves. In the smallest unit of the
-- listing's currency. A listing without a row has none of it.
CREATE TABLE pricing_terms (
    property_id uuid PRIMARY KEY REFERENCES properties ON DELETE CASCADE,
    weekend_price_per_night bigint CONSTRAINT pricing_terms_weekend_price_per_night_check
        CHECK (weekend_price_per_night BETWEEN 1 AND 10000000000000),
    -- ISO weekdays (1 = Monday) whose nights cost the weekend's price, in seasons too.
    weekend_nights smallint[] NOT NULL DEFAULT '{5,6}' CONSTRAINT pricing_terms_weekend_nights_check
        CHECK (weekend_nights <@ '{1,2,3,4,5,6,7}'::smallint[] AND cardinality(weekend_nights) <= 7),
    included_guests integer CONSTRAINT pricing_terms_included_guests_check CHECK (included_guests BETWEEN 1 AND 1000),
    -- A night, for each guest beyond them.
    extra_guest_fee bigint CONSTRAINT pricing_terms_extra_guest_fee_check CHECK (extra_guest_fee BETWEEN 1 AND 10000000000000),
    holiday_surcharge_bps integer NOT NULL DEFAULT 0 CONSTRAINT pricing_terms_holiday_surcharge_bps_check
        CHECK (holiday_surcharge_bps BETWEEN 0 AND 20000),
    -- For stays of a month or longer.
    deposit_months integer CONSTRAINT pricing_terms_deposit_months_check CHECK (deposit_months BETWEEN 0 AND 12),
    advance_months integer CONSTRAINT pricing_terms_advance_months_check CHECK (advance_months BETWEEN 1 AND 12),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT pricing_terms_extra_guests_check CHECK ((included_guests IS NULL) = (extra_guest_fee IS NULL))
);
CREATE TRIGGER pricing_terms_updated_at BEFORE UPDATE ON pricing_terms FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();
CREATE TRIGGER pricing_terms_audit AFTER INSERT OR UPDATE OR DELETE ON pricing_terms FOR EACH ROW
    EXECUTE FUNCTION audit_row_change('{property_id}', '{created_at,updated_at}', '{}');

-- Coupons -----------------------------------------------------------------------------------------

CREATE TABLE coupons (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    -- In capitals: people type it as they like.
    code text NOT NULL CONSTRAINT coupons_code_key UNIQUE
        CONSTRAINT coupons_code_check CHECK (code ~ '^[A-Z0-9]+(-[A-Z0-9]+)*$' AND length(code) BETWEEN 3 AND 40),
    -- The only listing that it is for; none: every listing of the brand.
    property_id uuid REFERENCES properties ON DELETE CASCADE,
    percent_bps integer CONSTRAINT coupons_percent_bps_check CHECK (percent_bps BETWEEN 1 AND 9500),
    amount bigint CONSTRAINT coupons_amount_check CHECK (amount BETWEEN 1 AND 10000000000000),
    currency char(3) CONSTRAINT coupons_currency_check CHECK (currency IN ('THB', 'USD', 'EUR', 'GBP', 'JPY')),
    -- Days of booking, the last one included.
    valid_from date CONSTRAINT coupons_valid_from_check CHECK (isfinite(valid_from)),
    valid_until date CONSTRAINT coupons_valid_until_check CHECK (isfinite(valid_until)),
    min_nights integer NOT NULL DEFAULT 1 CONSTRAINT coupons_min_nights_check CHECK (min_nights BETWEEN 1 AND 366),
    max_uses integer CONSTRAINT coupons_max_uses_check CHECK (max_uses BETWEEN 1 AND 1000000),
    is_active boolean NOT NULL DEFAULT true,
    note text CONSTRAINT coupons_note_check CHECK (length(note) BETWEEN 1 AND 500),
    version integer NOT NULL DEFAULT 1 CONSTRAINT coupons_version_check CHECK (version > 0),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT coupons_discount_check CHECK (num_nonnulls(percent_bps, amount) = 1 AND (amount IS NULL) = (currency IS NULL)),
    CONSTRAINT coupons_valid_check CHECK (valid_from <= valid_until)
);
CREATE INDEX coupons_property_id_idx ON coupons (property_id);
CREATE TRIGGER coupons_updated_at BEFORE UPDATE ON coupons FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();
CREATE TRIGGER coupons_audit AFTER INSERT OR UPDATE OR DELETE ON coupons FOR EACH ROW
    EXECUTE FUNCTION audit_row_change('{id}', '{created_at,updated_at}', '{}');

-- Which booking uses which coupon: one at most. Apart from bookings, because how often a coupon was
-- used is everybody's to know, and who booked is not.
CREATE TABLE coupon_uses (
    booking_id uuid PRIMARY KEY REFERENCES bookings ON DELETE CASCADE,
    coupon_id uuid NOT NULL REFERENCES coupons ON DELETE RESTRICT,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX coupon_uses_coupon_id_idx ON coupon_uses (coupon_id);

ALTER TABLE quotes
    ADD COLUMN coupon_id uuid REFERENCES coupons ON DELETE RESTRICT,
    -- The quote but for its lines: deposit, what is due when, the contract.
    ADD COLUMN outcome jsonb NOT NULL DEFAULT '{}' CONSTRAINT quotes_outcome_check CHECK (jsonb_typeof(outcome) = 'object');
CREATE INDEX quotes_coupon_id_idx ON quotes (coupon_id);

-- A booking uses the coupon of its quote for as long as it stands, by whichever path it is made,
-- altered or given up. The coupon's row is locked, so that two who book at once cannot both be the
-- last one.
CREATE FUNCTION count_coupon_use() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    cited uuid;
    most integer;
BEGIN
    IF NEW.status::text NOT IN ('cancelled', 'expired', 'declined') THEN
        SELECT q.coupon_id INTO cited FROM public.quotes q WHERE q.id = NEW.quote_id;
    END IF;
    DELETE FROM public.coupon_uses u WHERE u.booking_id = NEW.id AND u.coupon_id IS DISTINCT FROM cited;
    IF cited IS NULL OR EXISTS (SELECT FROM public.coupon_uses u WHERE u.booking_id = NEW.id) THEN
        RETURN NULL;
    END IF;
    SELECT c.max_uses INTO most FROM public.coupons c WHERE c.id = cited FOR NO KEY UPDATE;
    IF most <= (SELECT count(*) FROM public.coupon_uses u WHERE u.coupon_id = cited) THEN
        RAISE EXCEPTION 'this coupon has been used up'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'coupons_used_up';
    END IF;
    INSERT INTO public.coupon_uses (booking_id, coupon_id) VALUES (NEW.id, cited);
    RETURN NULL;
END
$$;
CREATE TRIGGER bookings_coupon_use AFTER INSERT OR UPDATE OF status, quote_id ON bookings
    FOR EACH ROW EXECUTE FUNCTION count_coupon_use();

-- Public holidays ---------------------------------------------------------------------------------

CREATE TABLE holidays (
    country char(2) NOT NULL CONSTRAINT holidays_country_check CHECK (country ~ '^[A-Z]{2}$'),
    day date NOT NULL CONSTRAINT holidays_day_check CHECK (isfinite(day)),
    -- Of the sun's calendar, of the moon's, in place of one that fell on a weekend, or declared once.
    kind text NOT NULL CONSTRAINT holidays_kind_check CHECK (kind IN ('fixed', 'lunar', 'substitute', 'special')),
    -- Locale -> text.
    name jsonb NOT NULL CONSTRAINT holidays_name_check CHECK (jsonb_typeof(name) = 'object' AND name ? 'en'),
    -- False: reckoned ahead, not yet announced by the government.
    is_certain boolean NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (country, day)
);
CREATE TRIGGER holidays_updated_at BEFORE UPDATE ON holidays FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();

-- Thailand, without the Royal Ploughing Ceremony, whose day is named each year. Days of the moon's
-- calendar and substitutions of 2027 and 2028 follow the standing rules.
INSERT INTO holidays (country, day, kind, name, is_certain) VALUES
    ('TH', '2025-01-01', 'fixed', '{"en": "New Year''s Day", "th": "วันขึ้นปีใหม่"}', true),
    ('TH', '2025-02-12', 'lunar', '{"en": "Makha Bucha Day", "th": "วันมาฆบูชา"}', true),
    ('TH', '2025-04-06', 'fixed', '{"en": "Chakri Memorial Day", "th": "วันจักรี"}', true),
    ('TH', '2025-04-07', 'substitute', '{"en": "Substitution for Chakri Memorial Day", "th": "วันหยุดชดเชยวันจักรี"}', true),
    ('TH', '2025-04-13', 'fixed', '{"en": "Songkran", "th": "วันสงกรานต์"}', true),
    ('TH', '2025-04-14', 'fixed', '{"en": "Songkran", "th": "วันสงกรานต์"}', true),
    ('TH', '2025-04-15', 'fixed', '{"en": "Songkran", "th": "วันสงกรานต์"}', true),
    ('TH', '2025-04-16', 'substitute', '{"en": "Substitution for Songkran", "th": "วันหยุดชดเชยวันสงกรานต์"}', true),
    ('TH', '2025-05-01', 'fixed', '{"en": "Labour Day", "th": "วันแรงงานแห่งชาติ"}', true),
    ('TH', '2025-05-04', 'fixed', '{"en": "Coronation Day", "th": "วันฉัตรมงคล"}', true),
    ('TH', '2025-05-05', 'substitute', '{"en": "Substitution for Coronation Day", "th": "วันหยุดชดเชยวันฉัตรมงคล"}', true),
    ('TH', '2025-05-11', 'lunar', '{"en": "Visakha Bucha Day", "th": "วันวิสาขบูชา"}', true),
    ('TH', '2025-05-12', 'substitute', '{"en": "Substitution for Visakha Bucha Day", "th": "วันหยุดชดเชยวันวิสาขบูชา"}', true),
    ('TH', '2025-06-02', 'special', '{"en": "Special public holiday", "th": "วันหยุดพิเศษ"}', true),
    ('TH', '2025-06-03', 'fixed', '{"en": "Birthday of Queen Suthida", "th": "วันเฉลิมพระชนมพรรษาสมเด็จพระนางเจ้าฯ พระบรมราชินี"}', true),
    ('TH', '2025-07-10', 'lunar', '{"en": "Asalha Bucha Day", "th": "วันอาสาฬหบูชา"}', true),
    ('TH', '2025-07-11', 'lunar', '{"en": "Buddhist Lent Day", "th": "วันเข้าพรรษา"}', true),
    ('TH', '2025-07-28', 'fixed', '{"en": "Birthday of King Maha Vajiralongkorn", "th": "วันเฉลิมพระชนมพรรษาพระบาทสมเด็จพระเจ้าอยู่หัว"}', true),
    ('TH', '2025-08-11', 'special', '{"en": "Special public holiday", "th": "วันหยุดพิเศษ"}', true),
    ('TH', '2025-08-12', 'fixed', '{"en": "Mother''s Day", "th": "วันแม่แห่งชาติ"}', true),
    ('TH', '2025-10-13', 'fixed', '{"en": "King Bhumibol Memorial Day", "th": "วันนวมินทรมหาราช"}', true),
    ('TH', '2025-10-23', 'fixed', '{"en": "Chulalongkorn Day", "th": "วันปิยมหาราช"}', true),
    ('TH', '2025-12-05', 'fixed', '{"en": "National Day and Father''s Day", "th": "วันชาติและวันพ่อแห่งชาติ"}', true),
    ('TH', '2025-12-10', 'fixed', '{"en": "Constitution Day", "th": "วันรัฐธรรมนูญ"}', true),
    ('TH', '2025-12-31', 'fixed', '{"en": "New Year''s Eve", "th": "วันสิ้นปี"}', true),
    ('TH', '2026-01-01', 'fixed', '{"en": "New Year''s Day", "th": "วันขึ้นปีใหม่"}', true),
    ('TH', '2026-01-02', 'special', '{"en": "Special public holiday", "th": "วันหยุดพิเศษ"}', true),
    ('TH', '2026-03-03', 'lunar', '{"en": "Makha Bucha Day", "th": "วันมาฆบูชา"}', true),
    ('TH', '2026-04-06', 'fixed', '{"en": "Chakri Memorial Day", "th": "วันจักรี"}', true),
    ('TH', '2026-04-13', 'fixed', '{"en": "Songkran", "th": "วันสงกรานต์"}', true),
    ('TH', '2026-04-14', 'fixed', '{"en": "Songkran", "th": "วันสงกรานต์"}', true),
    ('TH', '2026-04-15', 'fixed', '{"en": "Songkran", "th": "วันสงกรานต์"}', true),
    ('TH', '2026-05-01', 'fixed', '{"en": "Labour Day", "th": "วันแรงงานแห่งชาติ"}', true),
    ('TH', '2026-05-04', 'fixed', '{"en": "Coronation Day", "th": "วันฉัตรมงคล"}', true),
    ('TH', '2026-05-31', 'lunar', '{"en": "Visakha Bucha Day", "th": "วันวิสาขบูชา"}', true),
    ('TH', '2026-06-01', 'substitute', '{"en": "Substitution for Visakha Bucha Day", "th": "วันหยุดชดเชยวันวิสาขบูชา"}', true),
    ('TH', '2026-06-03', 'fixed', '{"en": "Birthday of Queen Suthida", "th": "วันเฉลิมพระชนมพรรษาสมเด็จพระนางเจ้าฯ พระบรมราชินี"}', true),
    ('TH', '2026-07-28', 'fixed', '{"en": "Birthday of King Maha Vajiralongkorn", "th": "วันเฉลิมพระชนมพรรษาพระบาทสมเด็จพระเจ้าอยู่หัว"}', true),
    ('TH', '2026-07-29', 'lunar', '{"en": "Asalha Bucha Day", "th": "วันอาสาฬหบูชา"}', true),
    ('TH', '2026-07-30', 'lunar', '{"en": "Buddhist Lent Day", "th": "วันเข้าพรรษา"}', true),
    ('TH', '2026-08-12', 'fixed', '{"en": "Mother''s Day", "th": "วันแม่แห่งชาติ"}', true),
    ('TH', '2026-10-13', 'fixed', '{"en": "King Bhumibol Memorial Day", "th": "วันนวมินทรมหาราช"}', true),
    ('TH', '2026-10-23', 'fixed', '{"en": "Chulalongkorn Day", "th": "วันปิยมหาราช"}', true),
    ('TH', '2026-12-05', 'fixed', '{"en": "National Day and Father''s Day", "th": "วันชาติและวันพ่อแห่งชาติ"}', true),
    ('TH', '2026-12-07', 'substitute', '{"en": "Substitution for National Day and Father''s Day", "th": "วันหยุดชดเชยวันชาติและวันพ่อแห่งชาติ"}', true),
    ('TH', '2026-12-10', 'fixed', '{"en": "Constitution Day", "th": "วันรัฐธรรมนูญ"}', true),
    ('TH', '2026-12-31', 'fixed', '{"en": "New Year''s Eve", "th": "วันสิ้นปี"}', true),
    ('TH', '2027-01-01', 'fixed', '{"en": "New Year''s Day", "th": "วันขึ้นปีใหม่"}', true),
    ('TH', '2027-02-21', 'lunar', '{"en": "Makha Bucha Day", "th": "วันมาฆบูชา"}', false),
    ('TH', '2027-02-22', 'substitute', '{"en": "Substitution for Makha Bucha Day", "th": "วันหยุดชดเชยวันมาฆบูชา"}', false),
    ('TH', '2027-04-06', 'fixed', '{"en": "Chakri Memorial Day", "th": "วันจักรี"}', true),
    ('TH', '2027-04-13', 'fixed', '{"en": "Songkran", "th": "วันสงกรานต์"}', true),
    ('TH', '2027-04-14', 'fixed', '{"en": "Songkran", "th": "วันสงกรานต์"}', true),
    ('TH', '2027-04-15', 'fixed', '{"en": "Songkran", "th": "วันสงกรานต์"}', true),
    ('TH', '2027-05-01', 'fixed', '{"en": "Labour Day", "th": "วันแรงงานแห่งชาติ"}', true),
    ('TH', '2027-05-03', 'substitute', '{"en": "Substitution for Labour Day", "th": "วันหยุดชดเชยวันแรงงานแห่งชาติ"}', false),
    ('TH', '2027-05-04', 'fixed', '{"en": "Coronation Day", "th": "วันฉัตรมงคล"}', true),
    ('TH', '2027-05-20', 'lunar', '{"en": "Visakha Bucha Day", "th": "วันวิสาขบูชา"}', false),
    ('TH', '2027-06-03', 'fixed', '{"en": "Birthday of Queen Suthida", "th": "วันเฉลิมพระชนมพรรษาสมเด็จพระนางเจ้าฯ พระบรมราชินี"}', true),
    ('TH', '2027-07-18', 'lunar', '{"en": "Asalha Bucha Day", "th": "วันอาสาฬหบูชา"}', false),
    ('TH', '2027-07-19', 'lunar', '{"en": "Buddhist Lent Day", "th": "วันเข้าพรรษา"}', false),
    ('TH', '2027-07-20', 'substitute', '{"en": "Substitution for Asalha Bucha Day", "th": "วันหยุดชดเชยวันอาสาฬหบูชา"}', false),
    ('TH', '2027-07-28', 'fixed', '{"en": "Birthday of King Maha Vajiralongkorn", "th": "วันเฉลิมพระชนมพรรษาพระบาทสมเด็จพระเจ้าอยู่หัว"}', true),
    ('TH', '2027-08-12', 'fixed', '{"en": "Mother''s Day", "th": "วันแม่แห่งชาติ"}', true),
    ('TH', '2027-10-13', 'fixed', '{"en": "King Bhumibol Memorial Day", "th": "วันนวมินทรมหาราช"}', true),
    ('TH', '2027-10-23', 'fixed', '{"en": "Chulalongkorn Day", "th": "วันปิยมหาราช"}', true),
    ('TH', '2027-10-25', 'substitute', '{"en": "Substitution for Chulalongkorn Day", "th": "วันหยุดชดเชยวันปิยมหาราช"}', false),
    ('TH', '2027-12-05', 'fixed', '{"en": "National Day and Father''s Day", "th": "วันชาติและวันพ่อแห่งชาติ"}', true),
    ('TH', '2027-12-06', 'substitute', '{"en": "Substitution for National Day and Father''s Day", "th": "วันหยุดชดเชยวันชาติและวันพ่อแห่งชาติ"}', false),
    ('TH', '2027-12-10', 'fixed', '{"en": "Constitution Day", "th": "วันรัฐธรรมนูญ"}', true),
    ('TH', '2027-12-31', 'fixed', '{"en": "New Year''s Eve", "th": "วันสิ้นปี"}', true),
    ('TH', '2028-01-01', 'fixed', '{"en": "New Year''s Day", "th": "วันขึ้นปีใหม่"}', true),
    ('TH', '2028-01-03', 'substitute', '{"en": "Substitution for New Year''s Day", "th": "วันหยุดชดเชยวันขึ้นปีใหม่"}', false),
    ('TH', '2028-02-10', 'lunar', '{"en": "Makha Bucha Day", "th": "วันมาฆบูชา"}', false),
    ('TH', '2028-04-06', 'fixed', '{"en": "Chakri Memorial Day", "th": "วันจักรี"}', true),
    ('TH', '2028-04-13', 'fixed', '{"en": "Songkran", "th": "วันสงกรานต์"}', true),
    ('TH', '2028-04-14', 'fixed', '{"en": "Songkran", "th": "วันสงกรานต์"}', true),
    ('TH', '2028-04-15', 'fixed', '{"en": "Songkran", "th": "วันสงกรานต์"}', true),
    ('TH', '2028-04-17', 'substitute', '{"en": "Substitution for Songkran", "th": "วันหยุดชดเชยวันสงกรานต์"}', false),
    ('TH', '2028-05-01', 'fixed', '{"en": "Labour Day", "th": "วันแรงงานแห่งชาติ"}', true),
    ('TH', '2028-05-04', 'fixed', '{"en": "Coronation Day", "th": "วันฉัตรมงคล"}', true),
    ('TH', '2028-05-08', 'lunar', '{"en": "Visakha Bucha Day", "th": "วันวิสาขบูชา"}', false),
    ('TH', '2028-06-03', 'fixed', '{"en": "Birthday of Queen Suthida", "th": "วันเฉลิมพระชนมพรรษาสมเด็จพระนางเจ้าฯ พระบรมราชินี"}', true),
    ('TH', '2028-06-05', 'substitute', '{"en": "Substitution for Birthday of Queen Suthida", "th": "วันหยุดชดเชยวันเฉลิมพระชนมพรรษาสมเด็จพระนางเจ้าฯ พระบรมราชินี"}', false),
    ('TH', '2028-07-06', 'lunar', '{"en": "Asalha Bucha Day", "th": "วันอาสาฬหบูชา"}', false),
    ('TH', '2028-07-07', 'lunar', '{"en": "Buddhist Lent Day", "th": "วันเข้าพรรษา"}', false),
    ('TH', '2028-07-28', 'fixed', '{"en": "Birthday of King Maha Vajiralongkorn", "th": "วันเฉลิมพระชนมพรรษาพระบาทสมเด็จพระเจ้าอยู่หัว"}', true),
    ('TH', '2028-08-12', 'fixed', '{"en": "Mother''s Day", "th": "วันแม่แห่งชาติ"}', true),
    ('TH', '2028-08-14', 'substitute', '{"en": "Substitution for Mother''s Day", "th": "วันหยุดชดเชยวันแม่แห่งชาติ"}', false),
    ('TH', '2028-10-13', 'fixed', '{"en": "King Bhumibol Memorial Day", "th": "วันนวมินทรมหาราช"}', true),
    ('TH', '2028-10-23', 'fixed', '{"en": "Chulalongkorn Day", "th": "วันปิยมหาราช"}', true),
    ('TH', '2028-12-05', 'fixed', '{"en": "National Day and Father''s Day", "th": "วันชาติและวันพ่อแห่งชาติ"}', true),
    ('TH', '2028-12-10', 'fixed', '{"en": "Constitution Day", "th": "วันรัฐธรรมนูญ"}', true),
    ('TH', '2028-12-11', 'substitute', '{"en": "Substitution for Constitution Day", "th": "วันหยุดชดเชยวันรัฐธรรมนูญ"}', false),
    ('TH', '2028-12-31', 'fixed', '{"en": "New Year''s Eve", "th": "วันสิ้นปี"}', true);

-- Not before: what ships is no change by a person.
CREATE TRIGGER holidays_audit AFTER INSERT OR UPDATE OR DELETE ON holidays FOR EACH ROW
    EXECUTE FUNCTION audit_row_change('{country,day}', '{created_at,updated_at}', '{}');
