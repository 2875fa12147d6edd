DROP TABLE lead_events;
DROP TABLE leads;
DROP TYPE lead_status;
