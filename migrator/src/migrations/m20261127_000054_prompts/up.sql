-- What a brand tells its model: versions that never change ----------------------------------------------

CREATE TABLE chat_prompts (
    id uuid PRIMARY KEY,
    number integer NOT NULL GENERATED ALWAYS AS IDENTITY,
    body text NOT NULL CONSTRAINT chat_prompts_body_check CHECK (length(body) BETWEEN 1 AND 8000),
    -- What it is to do better.
    note text NOT NULL DEFAULT '' CONSTRAINT chat_prompts_note_check CHECK (length(note) <= 500),
    based_on uuid CONSTRAINT chat_prompts_based_on_fkey REFERENCES chat_prompts ON DELETE RESTRICT,
    created_by uuid CONSTRAINT chat_prompts_created_by_fkey REFERENCES users ON DELETE RESTRICT,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX chat_prompts_number_key ON chat_prompts (number);
CREATE INDEX chat_prompts_based_on_idx ON chat_prompts (based_on);
CREATE INDEX chat_prompts_created_by_idx ON chat_prompts (created_by);
CREATE TRIGGER chat_prompts_immutable BEFORE UPDATE OR DELETE ON chat_prompts
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- What a prompt is tried with before visitors meet it.
CREATE TABLE chat_questions (
    nth integer PRIMARY KEY,
    question jsonb NOT NULL CONSTRAINT chat_questions_question_check
        CHECK (jsonb_typeof(question) = 'object' AND octet_length(question::text) <= 50000)
);
CREATE TRIGGER chat_questions_audit AFTER INSERT OR UPDATE OR DELETE ON chat_questions FOR EACH ROW
    EXECUTE FUNCTION audit_row_change('{nth}', '{}', '{}');

CREATE TABLE chat_trials (
    id uuid PRIMARY KEY,
    prompt_id uuid NOT NULL CONSTRAINT chat_trials_prompt_id_fkey REFERENCES chat_prompts ON DELETE RESTRICT,
    -- As they were when it began.
    questions jsonb NOT NULL CONSTRAINT chat_trials_questions_check CHECK (jsonb_typeof(questions) = 'array'),
    state text NOT NULL DEFAULT 'running' CONSTRAINT chat_trials_state_check CHECK (state IN ('running', 'passed', 'failed')),
    answers jsonb NOT NULL DEFAULT '[]' CONSTRAINT chat_trials_answers_check
        CHECK (jsonb_typeof(answers) = 'array' AND octet_length(answers::text) <= 2000000),
    created_by uuid CONSTRAINT chat_trials_created_by_fkey REFERENCES users ON DELETE RESTRICT,
    created_at timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz,
    CONSTRAINT chat_trials_finished_check CHECK ((state = 'running') = (finished_at IS NULL))
);
CREATE INDEX chat_trials_prompt_id_idx ON chat_trials (prompt_id, created_at DESC);
CREATE INDEX chat_trials_created_by_idx ON chat_trials (created_by);
CREATE UNIQUE INDEX chat_trials_running_key ON chat_trials (prompt_id) WHERE state = 'running';

-- The last one holds; without a prompt, what is built in.
CREATE TABLE chat_activations (
    nth bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    prompt_id uuid CONSTRAINT chat_activations_prompt_id_fkey REFERENCES chat_prompts ON DELETE RESTRICT,
    activated_by uuid CONSTRAINT chat_activations_activated_by_fkey REFERENCES users ON DELETE RESTRICT,
    activated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX chat_activations_prompt_id_idx ON chat_activations (prompt_id);
CREATE INDEX chat_activations_activated_by_idx ON chat_activations (activated_by);
CREATE TRIGGER chat_activations_append_only BEFORE UPDATE OR DELETE ON chat_activations
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Whoever writes the row: visitors meet no prompt that was not tried.
CREATE FUNCTION guard_activation() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NEW.prompt_id IS NOT NULL
        AND NOT EXISTS (SELECT FROM public.chat_trials t WHERE t.prompt_id = NEW.prompt_id AND t.state = 'passed') THEN
        RAISE EXCEPTION 'the prompt has passed no trial'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'chat_activations_tried_check', TABLE = 'chat_activations';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER chat_activations_tried BEFORE INSERT ON chat_activations FOR EACH ROW EXECUTE FUNCTION guard_activation();

-- Only tools that were switched once are here; the others are on.
CREATE TABLE chat_tools (
    name text PRIMARY KEY CONSTRAINT chat_tools_name_check CHECK (name ~ '^[a-z_]{1,60}$'),
    is_enabled boolean NOT NULL,
    updated_by uuid CONSTRAINT chat_tools_updated_by_fkey REFERENCES users ON DELETE RESTRICT,
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX chat_tools_updated_by_idx ON chat_tools (updated_by);
CREATE TRIGGER chat_tools_updated_at BEFORE UPDATE ON chat_tools FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();
CREATE TRIGGER chat_tools_audit AFTER INSERT OR UPDATE OR DELETE ON chat_tools FOR EACH ROW
    EXECUTE FUNCTION audit_row_change('{name}', '{updated_at}', '{}');

-- How an answer went, for the people who look after it.
ALTER TABLE chat_messages
    ADD COLUMN first_ms integer CONSTRAINT chat_messages_first_ms_check CHECK (first_ms >= 0),
    ADD COLUMN blocked integer NOT NULL DEFAULT 0 CONSTRAINT chat_messages_blocked_check CHECK (blocked >= 0),
    ADD COLUMN tool_errors integer NOT NULL DEFAULT 0 CONSTRAINT chat_messages_tool_errors_check CHECK (tool_errors >= 0);
CREATE INDEX chat_messages_answered_idx ON chat_messages (created_at) WHERE author = 'assistant';
CREATE INDEX chat_conversations_handed_over_idx ON chat_conversations (handed_over_at) WHERE handed_over_at IS NOT NULL;
