-- A center's database as the migration "1 first light" left it, with one of everything.
CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY);
INSERT INTO grdb_migrations VALUES ('1 first light');
CREATE TABLE agent (
    id TEXT PRIMARY KEY, address TEXT NOT NULL, host_name TEXT NOT NULL,
    joined_at INTEGER NOT NULL, revoked_at INTEGER
) STRICT;
CREATE UNIQUE INDEX agent_address ON agent (address) WHERE revoked_at IS NULL;
CREATE TABLE token (
    digest TEXT PRIMARY KEY, kind TEXT NOT NULL,
    created_at INTEGER NOT NULL, expires_at INTEGER NOT NULL, used_at INTEGER
) STRICT;
CREATE TABLE app_version (
    app TEXT NOT NULL, version TEXT NOT NULL, digest TEXT NOT NULL, size INTEGER NOT NULL,
    title TEXT NOT NULL, published_at INTEGER NOT NULL,
    PRIMARY KEY (app, version)
) STRICT;
CREATE TABLE online (
    app TEXT PRIMARY KEY, version TEXT NOT NULL, since INTEGER NOT NULL,
    FOREIGN KEY (app, version) REFERENCES app_version (app, version)
) STRICT;
CREATE TABLE binding (
    app TEXT NOT NULL REFERENCES online (app), agent TEXT NOT NULL REFERENCES agent (id),
    PRIMARY KEY (app, agent)
) STRICT;
CREATE TABLE auth_key (
    id TEXT PRIMARY KEY, secret TEXT NOT NULL, app TEXT NOT NULL REFERENCES online (app),
    sources TEXT NOT NULL, created_at INTEGER NOT NULL, revoked_at INTEGER
) STRICT;
CREATE TABLE task (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, agent TEXT NOT NULL, app TEXT NOT NULL,
    function TEXT NOT NULL,
    flag INTEGER NOT NULL, reason TEXT, ended_at INTEGER NOT NULL,
    report TEXT NOT NULL, late_report TEXT
) STRICT;
INSERT INTO agent VALUES ('a', '10.0.0.1', 'host', 1750000000000000, NULL);
INSERT INTO app_version VALUES
    ('hello', '1.0.0', '0101010101010101010101010101010101010101010101010101010101010101', 8589934592, 'Hello', 1750000000000000);
INSERT INTO online VALUES ('hello', '1.0.0', 1750000000000000);
INSERT INTO binding VALUES ('hello', 'a');
INSERT INTO auth_key VALUES ('K', 'secret', 'hello', '10.0.0.0/8', 1750000000000000, NULL);
