import GRDB

/// The tables, as an ordered list of migrations. A released migration is never changed; a new one is added at the end.
enum Schema {
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1 first light") { database in
            try database.execute(
                sql: """
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
                    """)
        }
        // Null for what was published before.
        migrator.registerMigration("2 manifests") { database in
            try database.execute(sql: "ALTER TABLE app_version ADD COLUMN manifest TEXT")
        }
        migrator.registerMigration("3 grants") { database in
            try database.execute(sql: "ALTER TABLE binding ADD COLUMN grants TEXT NOT NULL DEFAULT ''")
        }
        migrator.registerMigration("4 rollouts") { database in
            try database.execute(
                sql: """
                    ALTER TABLE online ADD COLUMN before TEXT;
                    CREATE TABLE rollout (
                        app TEXT PRIMARY KEY REFERENCES online (app), state TEXT NOT NULL
                    ) STRICT;
                    """)
        }
        // Null for what was published before.
        migrator.registerMigration("5 approvals") { database in
            try database.execute(
                sql: """
                    ALTER TABLE app_version ADD COLUMN published_by TEXT;
                    CREATE TABLE approval (
                        number INTEGER PRIMARY KEY, app TEXT NOT NULL, version TEXT NOT NULL,
                        approved_by TEXT NOT NULL, approved_at INTEGER NOT NULL,
                        UNIQUE (app, version), FOREIGN KEY (app, version) REFERENCES app_version (app, version)
                    ) STRICT;
                    """)
        }
        migrator.registerMigration("6 labels") { database in
            try database.execute(
                sql: """
                    CREATE TABLE agent_label (
                        agent TEXT NOT NULL REFERENCES agent (id), name TEXT NOT NULL, value TEXT NOT NULL,
                        PRIMARY KEY (agent, name)
                    ) STRICT;
                    """)
        }
        // Of tasks that ended before, nothing is known but their report.
        migrator.registerMigration("7 stored tasks") { database in
            try database.execute(
                sql: """
                    ALTER TABLE task ADD COLUMN queue TEXT;
                    ALTER TABLE task ADD COLUMN sent_at INTEGER;
                    ALTER TABLE task ADD COLUMN spec TEXT;
                    CREATE INDEX task_queue ON task (queue) WHERE queue IS NOT NULL;
                    CREATE TABLE unended_task (
                        id TEXT PRIMARY KEY, number INTEGER NOT NULL, queue TEXT,
                        state TEXT NOT NULL CHECK (state IN ('open', 'blocked', 'ready', 'sent')), state_at INTEGER,
                        attempt INTEGER NOT NULL, spec TEXT NOT NULL
                    ) STRICT;
                    CREATE INDEX unended_task_queue ON unended_task (queue) WHERE queue IS NOT NULL;
                    CREATE TABLE attempt (
                        task TEXT NOT NULL, attempt INTEGER NOT NULL, report TEXT NOT NULL, PRIMARY KEY (task, attempt)
                    ) STRICT;
                    CREATE TABLE queue (
                        id TEXT PRIMARY KEY, app TEXT NOT NULL, state TEXT NOT NULL, concurrency INTEGER,
                        created_at INTEGER NOT NULL
                    ) STRICT;
                    CREATE INDEX queue_unfinished ON queue (state) WHERE state <> 'finished';
                    CREATE TABLE cron (
                        id TEXT PRIMARY KEY, app TEXT NOT NULL, agent TEXT NOT NULL, draft TEXT NOT NULL, clock TEXT NOT NULL,
                        created_at INTEGER NOT NULL
                    ) STRICT;
                    CREATE TABLE cron_fire (
                        cron TEXT NOT NULL REFERENCES cron (id) ON DELETE CASCADE, planned INTEGER NOT NULL,
                        number INTEGER, task TEXT, count INTEGER NOT NULL, why TEXT,
                        PRIMARY KEY (cron, planned)
                    ) STRICT;
                    CREATE INDEX cron_fire_number ON cron_fire (cron, number) WHERE number IS NOT NULL;
                    """)
        }
        migrator.registerMigration("8 callbacks") { database in
            try database.execute(
                sql: """
                    CREATE TABLE callback_endpoint (
                        app TEXT PRIMARY KEY REFERENCES online (app), url TEXT NOT NULL, disabled_reason TEXT
                    ) STRICT;
                    CREATE TABLE callback_secret (
                        app TEXT NOT NULL REFERENCES callback_endpoint (app) ON DELETE CASCADE, place INTEGER NOT NULL,
                        secret TEXT NOT NULL, until INTEGER, PRIMARY KEY (app, place)
                    ) STRICT;
                    CREATE TABLE delivery (
                        number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, app TEXT NOT NULL, body TEXT NOT NULL,
                        created_at INTEGER NOT NULL,
                        state TEXT NOT NULL CHECK (state IN ('pending', 'delivered', 'dead')),
                        attempts INTEGER NOT NULL, due_at INTEGER NOT NULL, problem TEXT
                    ) STRICT;
                    CREATE INDEX delivery_of_app ON delivery (app, due_at) WHERE state = 'pending';
                    CREATE INDEX delivery_state ON delivery (state, due_at);
                    """)
        }
        migrator.registerMigration("9 keys that take a signature once") { database in
            try database.execute(sql: "ALTER TABLE auth_key ADD COLUMN once INTEGER NOT NULL DEFAULT 0")
        }
        return migrator
    }
}
