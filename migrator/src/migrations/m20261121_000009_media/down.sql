DROP TABLE media;
DROP TYPE media_state;
