DROP TABLE search_popular, search_clicks, search_history;
