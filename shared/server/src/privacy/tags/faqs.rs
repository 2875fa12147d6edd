//! What brands answer: their own words, and counts.

use super::Table;

pub(super) const TABLES: &[Table] = &[
    Table {
        name: "faq_categories",
        parts: &[],
        plain: "created_at slug sort_order updated_at",
        note: "what a brand's answers are sorted by",
    },
    Table {
        name: "faq_category_names",
        parts: &[],
        plain: "category locale name",
        note: "names of what answers are sorted by",
    },
    Table {
        name: "faq_chunks",
        parts: &[],
        plain: "chunk_no content content_hash document_id locale passage words",
        note: "pieces of a brand's answers",
    },
    Table {
        name: "faq_days",
        parts: &[],
        plain: "day document_id helpful matched unhelpful viewed",
        note: "counted by day and answer",
    },
    Table {
        name: "faq_documents",
        parts: &[],
        plain: "category created_at id is_published review_on slug sort_order updated_at version",
        note: "what a brand answers",
    },
    Table {
        name: "faq_gaps",
        parts: &[],
        plain: "asked dismissed_at document_id first_at id last_at locale question words",
        note: "questions without an answer; what looks personal is never written down",
    },
    Table {
        name: "faq_queue",
        parts: &[],
        plain: "attempts document_id generation is_bulk not_before queued_at slot",
        note: "work to be done on answers",
    },
    Table {
        name: "faq_related",
        parts: &[],
        plain: "document_id related_id sort_order",
        note: "which answers belong together",
    },
    Table {
        name: "faq_search_days",
        parts: &[],
        plain: "day locale no_answer searches",
        note: "counted by day and language",
    },
    Table {
        name: "faq_texts",
        parts: &[],
        plain: "answer document_id locale question tags",
        note: "what a brand answers, in its own words",
    },
    Table {
        name: "faq_vectors",
        parts: &[],
        plain: "chunk_no content_hash document_id embedding locale slot",
        note: "vectors of a brand's answers; what people ask is never turned into kept vectors",
    },
    Table {
        name: "faq_words",
        parts: &[],
        plain: "documents word",
        note: "words of a brand's answers",
    },
];
