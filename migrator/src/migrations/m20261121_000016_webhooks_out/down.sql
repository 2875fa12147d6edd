DROP TABLE webhook_deliveries;
DROP TABLE webhook_endpoints;
DROP TYPE delivery_status;
