DROP TABLE booking_offers;
DROP FUNCTION guard_booking_offer();
