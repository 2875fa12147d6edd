DROP TABLE webhook_events;
DROP TYPE webhook_event_status;
