DROP FUNCTION app_role();
DROP FUNCTION app_user_id();
DROP FUNCTION update_updated_at_column();
DROP TABLE platform_identity;
