DROP TABLE payment_events, payments;
DROP TYPE payment_event_status, payment_state, payment_purpose;
