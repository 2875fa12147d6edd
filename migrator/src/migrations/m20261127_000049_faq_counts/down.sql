DROP TABLE faq_gaps, faq_search_days, faq_days;
