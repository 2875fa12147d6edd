DROP TABLE lead_rotation;
DROP TABLE lead_tasks;
DROP TRIGGER leads_audit ON leads;
CREATE TRIGGER leads_audit AFTER INSERT OR UPDATE OR DELETE ON leads FOR EACH ROW
    EXECUTE FUNCTION audit_row_change('{id}', '{created_at,updated_at}', '{name,email,phone,line_id,message,metadata}');
DROP INDEX lead_events_reference_idx;
DROP INDEX leads_created_at_idx;
ALTER TABLE leads
    DROP COLUMN reference, DROP COLUMN kind, DROP COLUMN wished_times, DROP COLUMN lost_reason,
    DROP COLUMN email_key, DROP COLUMN phone_key, DROP COLUMN version;
