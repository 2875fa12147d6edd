DROP TABLE faq_words, faq_queue, faq_vectors, faq_chunks, faq_related, faq_texts, faq_documents, faq_category_names, faq_categories;
DROP FUNCTION queue_faq_texts();
DROP FUNCTION queue_faq_documents();
DROP FUNCTION queue_faqs(uuid[]);
DROP FUNCTION faq_says_something();
