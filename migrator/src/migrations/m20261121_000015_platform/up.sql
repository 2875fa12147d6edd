-- Written in the transaction of the effect, so that key, hash and answer commit together.
-- The row is inserted first, without an answer: a twin in flight waits on the key.
CREATE TABLE idempotency_keys (
    scope text NOT NULL CHECK (length(scope) BETWEEN 1 AND 500),
    key text NOT NULL CHECK (length(key) BETWEEN 1 AND 255),
    request_hash bytea NOT NULL CHECK (octet_length(request_hash) = 32),
    response_status smallint CHECK (response_status BETWEEN 100 AND 599),
    response_headers jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(response_headers) = 'object'),
    response_body bytea,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL DEFAULT now() + interval '24 hours',
    PRIMARY KEY (scope, key),
    CHECK (response_body IS NULL OR response_status IS NOT NULL)
);
CREATE INDEX idempotency_keys_expires_at_idx ON idempotency_keys (expires_at);

-- Claim with FOR UPDATE SKIP LOCKED, commit, work, then delete (done) or set run_at (again)
-- or dead_at (given up).
CREATE TABLE jobs (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    kind text NOT NULL CHECK (kind ~ '^[a-z][a-z0-9_.]*$' AND length(kind) <= 100),
    payload jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(payload) = 'object'),
    dedupe_key text CHECK (length(dedupe_key) BETWEEN 1 AND 500),
    run_at timestamptz NOT NULL DEFAULT now(),
    attempts integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    max_attempts integer NOT NULL DEFAULT 10 CHECK (max_attempts BETWEEN 1 AND 100),
    locked_at timestamptz,
    locked_by text CHECK (length(locked_by) BETWEEN 1 AND 200),
    last_error text CHECK (length(last_error) <= 4000),
    dead_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CHECK ((locked_at IS NULL) = (locked_by IS NULL))
);
CREATE INDEX jobs_due_idx ON jobs (run_at, id) WHERE dead_at IS NULL;
CREATE INDEX jobs_dead_idx ON jobs (dead_at) WHERE dead_at IS NOT NULL;
-- Only jobs that were never started: what changes while a job runs queues a new one, and
-- giving a failed job back can never collide.
CREATE UNIQUE INDEX jobs_dedupe_key ON jobs (dedupe_key) WHERE attempts = 0;

CREATE TRIGGER jobs_updated_at BEFORE UPDATE ON jobs FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();
