-- Conversations with the assistant -------------------------------------------------------------------

CREATE TABLE chat_conversations (
    id uuid PRIMARY KEY,
    user_id uuid CONSTRAINT chat_conversations_user_id_fkey REFERENCES users ON DELETE CASCADE,
    visitor_id uuid CONSTRAINT chat_conversations_visitor_id_fkey REFERENCES visitors ON DELETE CASCADE,
    owner_id uuid NOT NULL GENERATED ALWAYS AS (coalesce(user_id, visitor_id)) STORED,
    locale text NOT NULL CONSTRAINT chat_conversations_locale_check CHECK (locale ~ '^[a-z]{2}(-[A-Z]{2})?$'),
    -- The first thing that was asked.
    title text NOT NULL DEFAULT '' CONSTRAINT chat_conversations_title_check CHECK (length(title) <= 200),
    -- Who somebody at the brand was told of; since then the machine is silent, until it is released.
    lead_id uuid CONSTRAINT chat_conversations_lead_id_fkey REFERENCES leads ON DELETE SET NULL,
    handed_over_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT chat_conversations_owner_check CHECK (num_nonnulls(user_id, visitor_id) = 1)
);
CREATE INDEX chat_conversations_user_id_idx ON chat_conversations (user_id);
CREATE INDEX chat_conversations_visitor_id_idx ON chat_conversations (visitor_id);
CREATE INDEX chat_conversations_lead_id_idx ON chat_conversations (lead_id);
CREATE INDEX chat_conversations_newest_idx ON chat_conversations (owner_id, updated_at DESC, id DESC);
CREATE INDEX chat_conversations_updated_at_idx ON chat_conversations (updated_at);
CREATE TRIGGER chat_conversations_updated_at BEFORE UPDATE ON chat_conversations FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();
CREATE TRIGGER chat_conversations_limit_insert BEFORE INSERT ON chat_conversations FOR EACH ROW EXECUTE FUNCTION limit_list('200');
CREATE TRIGGER chat_conversations_limit_update BEFORE UPDATE OF user_id, visitor_id ON chat_conversations FOR EACH ROW
    WHEN (coalesce(OLD.user_id, OLD.visitor_id) <> coalesce(NEW.user_id, NEW.visitor_id)) EXECUTE FUNCTION limit_list('200');

CREATE TABLE chat_messages (
    id uuid PRIMARY KEY,
    conversation_id uuid NOT NULL CONSTRAINT chat_messages_conversation_id_fkey REFERENCES chat_conversations ON DELETE CASCADE,
    author text NOT NULL CONSTRAINT chat_messages_author_check CHECK (author IN ('visitor', 'assistant')),
    -- An answer is open while it is being made.
    state text NOT NULL DEFAULT 'done' CONSTRAINT chat_messages_state_check CHECK (state IN ('open', 'done', 'failed')),
    content text NOT NULL DEFAULT '' CONSTRAINT chat_messages_content_check CHECK (length(content) <= 20000),
    -- Cards, citations and what was looked up: the ground on which later answers stand, too.
    parts jsonb NOT NULL DEFAULT '{}' CONSTRAINT chat_messages_parts_check CHECK (jsonb_typeof(parts) = 'object' AND octet_length(parts::text) <= 200000),
    -- What the asker thinks of it.
    is_helpful boolean,
    tokens integer NOT NULL DEFAULT 0 CONSTRAINT chat_messages_tokens_check CHECK (tokens >= 0),
    -- By whom it was made: `guide`, or the model's name.
    made_by text CONSTRAINT chat_messages_made_by_check CHECK (length(made_by) <= 200),
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT chat_messages_visitor_check CHECK (author = 'assistant' OR (state = 'done' AND is_helpful IS NULL AND tokens = 0 AND made_by IS NULL))
);
CREATE INDEX chat_messages_conversation_id_idx ON chat_messages (conversation_id, created_at, id);
-- One answer at a time.
CREATE UNIQUE INDEX chat_messages_open_key ON chat_messages (conversation_id) WHERE state = 'open';
CREATE INDEX chat_messages_spent_idx ON chat_messages (created_at) INCLUDE (tokens) WHERE tokens > 0;

ALTER TABLE chat_conversations ENABLE ROW LEVEL SECURITY;
ALTER TABLE chat_conversations FORCE ROW LEVEL SECURITY;
CREATE POLICY chat_conversations_own ON chat_conversations
    USING ((SELECT app_role()) IN ('user', 'agent', 'admin') AND user_id = (SELECT app_user_id()));
CREATE POLICY chat_conversations_visitor ON chat_conversations
    USING ((SELECT app_role()) = 'anonymous' AND visitor_id = (SELECT app_visitor_id()));
CREATE POLICY chat_conversations_platform ON chat_conversations USING ((SELECT app_role()) IN ('admin', 'system'));

-- Whoever sees a conversation sees what was said in it.
ALTER TABLE chat_messages ENABLE ROW LEVEL SECURITY;
ALTER TABLE chat_messages FORCE ROW LEVEL SECURITY;
CREATE POLICY chat_messages_own ON chat_messages
    USING ((SELECT app_role()) IN ('user', 'agent', 'anonymous')
        AND EXISTS (SELECT FROM chat_conversations c WHERE c.id = chat_messages.conversation_id));
CREATE POLICY chat_messages_platform ON chat_messages USING ((SELECT app_role()) IN ('admin', 'system'));
