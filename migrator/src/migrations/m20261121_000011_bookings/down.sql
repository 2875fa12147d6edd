DROP TABLE booking_events;
DROP TABLE bookings;
DROP TYPE booking_status;
