DROP TABLE lease_rules;
DROP TRIGGER bookings_tenancy ON bookings;
DROP FUNCTION keep_tenancy();
DROP TABLE tenancies;
DROP TYPE tenancy_party;
ALTER TABLE rental_details DROP COLUMN ending_notice_days, DROP COLUMN deposit_return_days;
