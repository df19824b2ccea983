CREATE TABLE events (
    run_id TEXT NOT NULL,
    first BIGINT NOT NULL,
    count BIGINT NOT NULL,
    data BYTEA NOT NULL,
    key_id TEXT DEFAULT '' NOT NULL,
    PRIMARY KEY (run_id, first)
);

CREATE TABLE executors (
    owner TEXT NOT NULL,
    beat_ns BIGINT NOT NULL,
    PRIMARY KEY (owner)
);

CREATE TABLE hosts (
    host TEXT NOT NULL,
    bytes BIGINT NOT NULL,
    PRIMARY KEY (host)
);

CREATE INDEX hosts_by_bytes ON hosts (bytes);

CREATE TABLE inputs (
    run_id TEXT NOT NULL,
    input_id TEXT NOT NULL,
    tenant TEXT NOT NULL,
    resource_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    call_id TEXT NOT NULL,
    tool TEXT NOT NULL,
    program TEXT NOT NULL,
    arguments TEXT NOT NULL,
    required BYTEA NOT NULL,
    expires_ns BIGINT NOT NULL,
    created_ns BIGINT NOT NULL,
    waited_for BOOLEAN NOT NULL,
    answer BYTEA,
    request_id TEXT NOT NULL,
    key_id TEXT DEFAULT '' NOT NULL,
    PRIMARY KEY (run_id, input_id)
);

CREATE INDEX inputs_by_expiry ON inputs (expires_ns) WHERE waited_for;

CREATE INDEX inputs_by_time ON inputs (tenant, created_ns, input_id);

CREATE TABLE notes (
    resource_id TEXT NOT NULL,
    session_id TEXT NOT NULL,
    text BYTEA NOT NULL,
    key_id TEXT DEFAULT '' NOT NULL,
    PRIMARY KEY (resource_id, session_id)
);

CREATE TABLE programs (
    digest TEXT NOT NULL,
    source BYTEA NOT NULL,
    kept_ns BIGINT NOT NULL,
    PRIMARY KEY (digest)
);

CREATE TABLE records (
    run_id TEXT NOT NULL,
    number BIGINT NOT NULL,
    kind TEXT NOT NULL,
    data BYTEA NOT NULL,
    key_id TEXT DEFAULT '' NOT NULL,
    PRIMARY KEY (run_id, number)
);

CREATE TABLE runs (
    run_id TEXT NOT NULL,
    tenant TEXT NOT NULL,
    host TEXT NOT NULL,
    connection TEXT NOT NULL,
    request_id TEXT NOT NULL,
    spec BYTEA NOT NULL,
    spec_digest TEXT NOT NULL,
    program TEXT NOT NULL,
    agent TEXT NOT NULL,
    resource_id TEXT NOT NULL,
    session_id TEXT NOT NULL,
    policy TEXT NOT NULL,
    continues BOOLEAN NOT NULL,
    status TEXT NOT NULL,
    turn BIGINT NOT NULL,
    next_sequence BIGINT NOT NULL,
    next_record BIGINT NOT NULL,
    owner TEXT NOT NULL,
    epoch BIGINT NOT NULL,
    claimed_by TEXT NOT NULL,
    cancel TEXT NOT NULL,
    created_ns BIGINT NOT NULL,
    ended_ns BIGINT NOT NULL,
    ended BYTEA,
    key_id TEXT DEFAULT '' NOT NULL,
    PRIMARY KEY (run_id)
);

CREATE INDEX runs_by_end ON runs (ended_ns) WHERE ended_ns > 0;

CREATE INDEX runs_by_program ON runs (program);

CREATE UNIQUE INDEX runs_by_request ON runs (tenant, host, request_id) WHERE request_id != '';

CREATE INDEX runs_by_session ON runs (resource_id, session_id, tenant, created_ns);

CREATE INDEX runs_by_time ON runs (tenant, created_ns, run_id);

CREATE INDEX runs_going_on ON runs (status, owner) WHERE status IN ('ready', 'queued', 'running', 'waiting');

CREATE UNIQUE INDEX runs_with_turn ON runs (tenant, resource_id, session_id) WHERE status IN ('ready', 'running', 'waiting') AND session_id <> '';

CREATE TABLE session_runs (
    id BIGSERIAL NOT NULL,
    resource_id TEXT NOT NULL,
    session_id TEXT NOT NULL,
    bytes BIGINT NOT NULL,
    message_count BIGINT NOT NULL,
    messages BYTEA NOT NULL,
    time_ns BIGINT NOT NULL,
    title TEXT NOT NULL,
    agent TEXT NOT NULL,
    key_id TEXT DEFAULT '' NOT NULL,
    PRIMARY KEY (id)
);

CREATE INDEX session_runs_by_session ON session_runs (resource_id, session_id, id);

CREATE TABLE sessions (
    resource_id TEXT NOT NULL,
    session_id TEXT NOT NULL,
    host TEXT NOT NULL,
    bytes BIGINT NOT NULL,
    last_id BIGINT NOT NULL,
    PRIMARY KEY (resource_id, session_id)
);

CREATE INDEX sessions_by_host ON sessions (host, last_id);

CREATE INDEX sessions_by_resource ON sessions (resource_id, host, last_id, bytes);

CREATE TABLE schema_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY);

INSERT INTO schema_version VALUES ('0001');
