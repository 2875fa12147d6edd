DROP TABLE holidays;
DROP TRIGGER bookings_coupon_use ON bookings;
DROP FUNCTION count_coupon_use();
ALTER TABLE quotes DROP COLUMN outcome, DROP COLUMN coupon_id;
DROP TABLE coupon_uses, coupons, pricing_terms;
ALTER TABLE rates DROP COLUMN price_per_month, DROP COLUMN price_per_week, DROP COLUMN weekend_price_per_night;
