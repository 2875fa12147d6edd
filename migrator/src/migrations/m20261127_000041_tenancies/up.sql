-- Stays of a month or longer ---------------------------------------------------------------------

-- What a listing says of their end; what they cost and what is paid ahead is among its prices.
ALTER TABLE rental_details
    -- Whole days between giving notice and leaving.
    ADD COLUMN ending_notice_days integer NOT NULL DEFAULT 30 CONSTRAINT rental_details_ending_notice_days_check
        CHECK (ending_notice_days BETWEEN 0 AND 180),
    -- Days after leaving in which the deposit is given back.
    ADD COLUMN deposit_return_days integer NOT NULL DEFAULT 7 CONSTRAINT rental_details_deposit_return_days_check
        CHECK (deposit_return_days BETWEEN 0 AND 90);

CREATE TYPE tenancy_party AS ENUM ('guest', 'host');

-- What was agreed on when the stay was booked, and who ends it. A change of the listing does not
-- reach it.
CREATE TABLE tenancies (
    booking_id uuid PRIMARY KEY REFERENCES bookings ON DELETE CASCADE,
    notice_days integer NOT NULL CONSTRAINT tenancies_notice_days_check CHECK (notice_days BETWEEN 0 AND 180),
    deposit_return_days integer NOT NULL CONSTRAINT tenancies_deposit_return_days_check CHECK (deposit_return_days BETWEEN 0 AND 90),
    notice_by tenancy_party,
    notice_at timestamptz,
    -- The day of leaving.
    ends_on date CONSTRAINT tenancies_ends_on_check CHECK (isfinite(ends_on)),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT tenancies_notice_check CHECK (num_nulls(notice_by, notice_at, ends_on) IN (0, 3))
);
CREATE TRIGGER tenancies_updated_at BEFORE UPDATE ON tenancies FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();
CREATE TRIGGER tenancies_audit AFTER INSERT OR UPDATE OR DELETE ON tenancies FOR EACH ROW
    EXECUTE FUNCTION audit_row_change('{booking_id}', '{created_at,updated_at}', '{}');

-- By whatever path a stay is booked, or made as long, what its listing says at that moment holds.
CREATE FUNCTION keep_tenancy() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NEW.check_out < NEW.check_in + interval '1 month' THEN
        DELETE FROM public.tenancies t WHERE t.booking_id = NEW.id;
        RETURN NULL;
    END IF;
    INSERT INTO public.tenancies (booking_id, notice_days, deposit_return_days)
    SELECT NEW.id, coalesce(r.ending_notice_days, 30), coalesce(r.deposit_return_days, 7)
      FROM (SELECT 1) one LEFT JOIN public.rental_details r ON r.property_id = NEW.property_id
        ON CONFLICT (booking_id) DO NOTHING;
    RETURN NULL;
END
$$;
CREATE TRIGGER bookings_tenancy AFTER INSERT OR UPDATE OF check_in, check_out ON bookings
    FOR EACH ROW EXECUTE FUNCTION keep_tenancy();

-- What is booked already. Bookings are under row-level security for their owner, too.
SELECT set_config('app.role', 'system', true);
INSERT INTO tenancies (booking_id, notice_days, deposit_return_days)
SELECT b.id, coalesce(r.ending_notice_days, 30), coalesce(r.deposit_return_days, 7)
  FROM bookings b LEFT JOIN rental_details r ON r.property_id = b.property_id
 WHERE b.check_out >= b.check_in + interval '1 month';
SELECT set_config('app.role', '', true);

ALTER TABLE tenancies ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenancies FORCE ROW LEVEL SECURITY;
-- Whoever sees the booking: the inner query is under the policies of bookings.
CREATE POLICY tenancies_of_booking ON tenancies
    USING (EXISTS (SELECT FROM bookings b WHERE b.id = tenancies.booking_id));

-- What the law allows in such contracts ------------------------------------------------------------

CREATE TABLE lease_rules (
    id text PRIMARY KEY CONSTRAINT lease_rules_id_check CHECK (id ~ '^[a-z0-9]+(_[a-z0-9]+)*$' AND length(id) <= 80),
    -- What is limited: months of rent as a deposit, ahead, or both together; days of notice that
    -- can be asked of a tenant; days until the deposit is back.
    term text NOT NULL CONSTRAINT lease_rules_term_check CHECK (term IN
        ('deposit_months', 'advance_months', 'upfront_months', 'notice_days', 'deposit_return_days')),
    most integer NOT NULL CONSTRAINT lease_rules_most_check CHECK (most BETWEEN 0 AND 365),
    -- For who lets so many homes or more.
    min_units integer NOT NULL CONSTRAINT lease_rules_min_units_check CHECK (min_units BETWEEN 1 AND 1000),
    -- What is regulated by another law.
    except_property_types text[] NOT NULL DEFAULT '{}' CONSTRAINT lease_rules_except_property_types_check CHECK (except_property_types <@
        '{villa,condo,apartment,townhouse,house,commercial,land,office,retail,warehouse,hotel,project}'),
    -- Locale -> text.
    reason jsonb NOT NULL CONSTRAINT lease_rules_reason_check CHECK (jsonb_typeof(reason) = 'object' AND reason ? 'en'),
    source jsonb NOT NULL CONSTRAINT lease_rules_source_check CHECK (jsonb_typeof(source) = 'object' AND source ? 'en'),
    valid_from date NOT NULL CONSTRAINT lease_rules_valid_from_check CHECK (isfinite(valid_from)),
    valid_to date CONSTRAINT lease_rules_valid_to_check CHECK (isfinite(valid_to) AND valid_to >= valid_from),
    -- False: known from summaries, not compared with the text in the Royal Gazette.
    is_certain boolean NOT NULL,
    checked_on date NOT NULL CONSTRAINT lease_rules_checked_on_check CHECK (isfinite(checked_on)),
    sort_order integer NOT NULL DEFAULT 0 CONSTRAINT lease_rules_sort_order_check CHECK (sort_order >= 0),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE TRIGGER lease_rules_updated_at BEFORE UPDATE ON lease_rules FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();

INSERT INTO lease_rules (id, term, most, min_units, except_property_types, valid_from, valid_to, is_certain, checked_on, sort_order, reason, source)
SELECT l.id, l.term, l.most, n.min_units, '{hotel}', n.valid_from, n.valid_to, l.is_certain, '2026-11-27', l.sort_order,
    jsonb_build_object('en', l.en, 'th', l.th),
    jsonb_build_object(
        'en', 'Notification of the Contract Committee on the letting of buildings for residence as a contract-controlled business, B.E. ' || n.en_year,
        'th', 'ประกาศคณะกรรมการว่าด้วยสัญญา เรื่อง ให้ธุรกิจการให้เช่าอาคารเพื่ออยู่อาศัยเป็นธุรกิจที่ควบคุมสัญญา พ.ศ. ' || n.th_year)
FROM (VALUES
    (2561, 5, date '2018-05-01', date '2020-01-28', '2561 (2018)', '2561'),
    (2562, 5, date '2020-01-29', date '2025-09-03', '2562 (2019)', '2562'),
    (2568, 3, date '2025-09-04', NULL, '2568 (2025)', '2568')
) n (year, min_units, valid_from, valid_to, en_year, th_year)
JOIN (VALUES
    (2561, 'deposit_2561', 'deposit_months', 1, false, 10, 'A deposit may be one month of rent at most.', 'เรียกเก็บเงินประกันได้ไม่เกินค่าเช่าหนึ่งเดือน'),
    (2561, 'advance_2561', 'advance_months', 1, true, 20, 'Rent may be asked for one month ahead at most.', 'เรียกเก็บค่าเช่าล่วงหน้าได้ไม่เกินหนึ่งเดือน'),
    (2561, 'notice_2561', 'notice_days', 30, true, 30, 'A tenant may end the contract with 30 days of notice in writing.', 'ผู้เช่าบอกเลิกสัญญาได้โดยแจ้งเป็นหนังสือล่วงหน้าไม่น้อยกว่า 30 วัน'),
    (2562, 'upfront_2562', 'upfront_months', 3, false, 10, 'Deposit and rent ahead may be three months of rent together at most.', 'เงินประกันและค่าเช่าล่วงหน้ารวมกันต้องไม่เกินค่าเช่าสามเดือน'),
    (2562, 'notice_2562', 'notice_days', 30, false, 30, 'A tenant who has stayed for half of the term may end the contract with 30 days of notice in writing.', 'ผู้เช่าที่อยู่มาแล้วไม่น้อยกว่ากึ่งหนึ่งของระยะเวลาเช่า บอกเลิกสัญญาได้โดยแจ้งเป็นหนังสือล่วงหน้าไม่น้อยกว่า 30 วัน'),
    (2562, 'deposit_return_2562', 'deposit_return_days', 7, false, 40, 'The deposit is given back when the contract ends; where damage has to be looked for, within seven days.', 'คืนเงินประกันเมื่อสัญญาสิ้นสุด หากต้องตรวจสอบความเสียหายให้คืนภายในเจ็ดวัน'),
    (2568, 'upfront_2568', 'upfront_months', 3, false, 10, 'Of what is let by the month, deposit and rent ahead may be three months of rent together at most.', 'กรณีเช่ารายเดือน เงินประกันและค่าเช่าล่วงหน้ารวมกันต้องไม่เกินค่าเช่าสามเดือน'),
    (2568, 'notice_2568', 'notice_days', 30, false, 30, 'A tenant may end the contract early with 30 days of notice in writing.', 'ผู้เช่าบอกเลิกสัญญาก่อนกำหนดได้โดยแจ้งเป็นหนังสือล่วงหน้าไม่น้อยกว่า 30 วัน'),
    (2568, 'deposit_return_2568', 'deposit_return_days', 7, false, 40, 'The deposit is given back when the contract ends; where the home has to be looked at first, within seven days.', 'คืนเงินประกันเมื่อสัญญาสิ้นสุด หากต้องตรวจสอบสภาพให้คืนภายในเจ็ดวัน')
) l (year, id, term, most, is_certain, sort_order, en, th) USING (year);
-- From here on: what ships is no change by a person.
CREATE TRIGGER lease_rules_audit AFTER INSERT OR UPDATE OR DELETE ON lease_rules FOR EACH ROW
    EXECUTE FUNCTION audit_row_change('{id}', '{created_at,updated_at}', '{}');
