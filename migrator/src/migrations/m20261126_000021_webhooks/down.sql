DELETE FROM event_cursors WHERE name = 'webhooks';
DROP INDEX events_at_idx;

DELETE FROM webhook_deliveries;
DROP INDEX webhook_deliveries_endpoint_id_idx, webhook_deliveries_due_idx, webhook_deliveries_order_idx,
    webhook_deliveries_locked_idx, webhook_deliveries_updated_at_idx;
ALTER TABLE webhook_deliveries
    DROP CONSTRAINT webhook_deliveries_claim_check,
    DROP CONSTRAINT webhook_deliveries_open_check,
    DROP COLUMN message_id,
    DROP COLUMN seq,
    DROP COLUMN subject_id,
    DROP COLUMN locked_until,
    DROP COLUMN claim,
    DROP COLUMN last_attempt_at,
    DROP COLUMN latency_ms,
    DROP COLUMN response_excerpt;
CREATE INDEX webhook_deliveries_endpoint_id_idx ON webhook_deliveries (endpoint_id, created_at DESC);
CREATE INDEX webhook_deliveries_due_idx ON webhook_deliveries (next_attempt_at) WHERE status IN ('pending', 'failed');

DROP TRIGGER webhook_endpoints_audit ON webhook_endpoints;
CREATE TRIGGER webhook_endpoints_audit AFTER INSERT OR UPDATE OR DELETE ON webhook_endpoints FOR EACH ROW
    EXECUTE FUNCTION audit_row_change('{id}', '{created_at,updated_at,failing_since}', '{secret}');
ALTER TABLE webhook_endpoints
    DROP CONSTRAINT webhook_endpoints_rotation_check,
    DROP CONSTRAINT webhook_endpoints_active_check,
    DROP CONSTRAINT webhook_endpoints_event_types_form_check,
    DROP COLUMN starts_after,
    DROP COLUMN previous_secret,
    DROP COLUMN previous_secret_until,
    DROP COLUMN disabled_reason;
