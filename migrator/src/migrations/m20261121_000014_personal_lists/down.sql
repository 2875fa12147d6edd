DROP TABLE saved_searches;
DROP TABLE favourites;
DROP TYPE notify_frequency;
