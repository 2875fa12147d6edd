DROP INDEX chat_conversations_handed_over_idx;
DROP INDEX chat_messages_answered_idx;
ALTER TABLE chat_messages DROP COLUMN first_ms, DROP COLUMN blocked, DROP COLUMN tool_errors;
DROP TABLE chat_tools;
DROP TABLE chat_activations;
DROP FUNCTION guard_activation();
DROP TABLE chat_trials;
DROP TABLE chat_questions;
DROP TABLE chat_prompts;
