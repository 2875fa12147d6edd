DROP TABLE calendar_conflicts;
DROP TABLE stays;
DROP TABLE calendars;
DROP TYPE stay_kind;
DROP TYPE calendar_direction;
