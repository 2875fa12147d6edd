DROP TABLE quotes;
DROP TABLE rates;
DROP FUNCTION is_bounded_range(daterange, integer);
