//! Every proof: what it promises, how much it does, and what must turn it red.

use std::{future::Future, pin::Pin, time::Duration};

use crate::{proofs, report::Report, run::Run, server::Build, wire::Tamper, writes::Subject};

/// A promise, and how it is shown to be kept.
#[derive(Debug)]
pub struct Proof {
    /// Its name on the command line.
    pub name: &'static str,
    /// What is promised.
    pub promise: &'static str,
    /// How much is done.
    pub settings: &'static [Setting],
    /// Protections that are taken away; each must turn it red.
    pub mutants: &'static [Mutant],
    /// How it is shown.
    pub(crate) run: for<'r> fn(&'r Run<'r>) -> Finding<'r>,
}

/// What comes of a proof.
pub(crate) type Finding<'r> = Pin<Box<dyn Future<Output = anyhow::Result<Report>> + 'r>>;

/// How much of something a proof does.
#[derive(Debug)]
pub struct Setting {
    /// Its name on the command line.
    pub name: &'static str,
    /// What it counts.
    pub says: &'static str,
    /// What every change waits for.
    pub small: u64,
    /// What is promised.
    pub full: u64,
}

/// A protection that is taken away.
#[derive(Debug)]
pub struct Mutant {
    /// Its name on the command line.
    pub name: &'static str,
    /// What is taken away.
    pub removes: &'static str,
    /// Demands of which one at least must break: red for another reason proves nothing.
    pub breaks: &'static [&'static str],
    /// What is done in the database.
    pub(crate) sql: &'static [&'static str],
    /// What is done between the server and the database.
    pub(crate) tamper: Option<Tamper>,
    /// Which server it is.
    pub(crate) build: Build,
    /// What its profile says instead; see [`Plan`](crate::stage::Plan).
    pub(crate) env: &'static [(&'static str, &'static str)],
}

impl Mutant {
    const fn new(
        name: &'static str,
        removes: &'static str,
        breaks: &'static [&'static str],
    ) -> Self {
        Self { name, removes, breaks, sql: &[], tamper: None, build: Build::Shipped, env: &[] }
    }

    const fn sql(self, sql: &'static [&'static str]) -> Self {
        Self { sql, ..self }
    }

    const fn env(self, env: &'static [(&'static str, &'static str)]) -> Self {
        Self { env, ..self }
    }

    const fn wire(self, tamper: Tamper) -> Self {
        Self { tamper: Some(tamper), ..self }
    }
}

/// The proof of this name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Proof> {
    PROOFS.iter().find(|proof| proof.name == name)
}

const fn setting(name: &'static str, says: &'static str, small: u64, full: u64) -> Setting {
    Setting { name, says, small, full }
}

const CONNECTIONS: Setting = setting("connections", "requests under way at once", 20, 50);

/// Keys never meet: each is stored as another.
const FORGETS_KEYS: Mutant = Mutant::new(
    "forgets-keys",
    "the memory of Idempotency-Keys",
    &["one for each key", "replays are the first answer", "all but the first are replays"],
)
.sql(&[
    "CREATE FUNCTION prove_forget() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
     NEW.key := left(NEW.key, 200) || gen_random_uuid(); RETURN NEW; END $$",
    "CREATE TRIGGER prove_forget BEFORE INSERT ON idempotency_keys FOR EACH ROW EXECUTE FUNCTION prove_forget()",
]);

/// What was answered was never committed.
const LOSES_COMMITS: Mutant = Mutant::new(
    "loses-commits",
    "the commit of one transaction in ten",
    &["what was acknowledged is there"],
)
.wire(Tamper::Abort { one_in: 10 });

const ANSWERS_EARLY: Mutant = Mutant::new(
    "answers-early",
    "the wait for the commit before the answer",
    &["what was acknowledged is there"],
)
.wire(Tamper::CommitLate(Duration::from_millis(150)));

const WRITES_LATE: Mutant = Mutant::new(
    "writes-late",
    "synchronous_commit: a commit is answered before it is on the disk",
    &["what was acknowledged is there"],
)
.sql(&[
    "ALTER SYSTEM SET synchronous_commit = off",
    "ALTER SYSTEM SET wal_writer_delay = '10s'",
    "SELECT pg_reload_conf()",
]);

const UNSHIELDED: Mutant = Mutant {
    build: Build::Unshielded,
    ..Mutant::new(
        "unshielded",
        "the task of its own that each transaction runs in",
        &["no connection is used inside another's transaction", "no transaction is left open"],
    )
};

/// What keeps stays apart, both of it: the judge in the table and the turn that writers take.
const UNGUARDED: Mutant = Mutant::new(
    "unguarded",
    "the exclusion constraint and the lock of the listing",
    &["no overlap", "no two stays at any moment"],
)
.sql(&["ALTER TABLE stays DROP CONSTRAINT stays_no_overlap"])
.wire(Tamper::Blank { words: "FOR NO KEY UPDATE", of: "FROM properties" });

/// The turn alone: the judge in the table stays.
const TAKES_NO_TURN: Mutant = Mutant::new(
    "takes-no-turn",
    "the lock of the listing",
    &["whoever reads while somebody books is answered"],
)
.wire(Tamper::Blank { words: "FOR NO KEY UPDATE", of: "FROM properties" });

/// As if every event had been missing twice already, for days.
const BELIEVES_AT_ONCE: Mutant = Mutant::new(
    "believes-at-once",
    "the wait before a calendar that names nothing is believed",
    &["no night is free after a bad answer"],
)
.sql(&[
    "CREATE FUNCTION prove_missed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
     NEW.missing_since := now() - interval '2 days'; NEW.missing_count := 2; RETURN NEW; END $$",
    "CREATE TRIGGER prove_missed BEFORE INSERT OR UPDATE ON calendar_events FOR EACH ROW EXECUTE FUNCTION prove_missed()",
    "UPDATE calendar_events SET missing_count = 2",
]);

/// Each time it is another booking that is in the way.
const TELLS_AGAIN: Mutant = Mutant::new(
    "tells-again",
    "the memory of overlaps that were told",
    &["each overlap is one alert"],
)
.sql(&[
    "CREATE FUNCTION prove_again() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
     NEW.own_id := gen_random_uuid(); RETURN NEW; END $$",
    "CREATE TRIGGER prove_again BEFORE INSERT ON calendar_conflicts FOR EACH ROW EXECUTE FUNCTION prove_again()",
]);

const KEEPS_EXPIRED: Mutant = Mutant::new(
    "keeps-expired",
    "the removal of holds that ran out",
    &["they are free after the end"],
)
.sql(&[
    "CREATE FUNCTION prove_keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$",
    "CREATE TRIGGER prove_keep BEFORE DELETE ON stays FOR EACH ROW EXECUTE FUNCTION prove_keep()",
]);

const HOLDS_NOTHING: Mutant = Mutant::new(
    "holds-nothing",
    "the dates of a hold: they are let go before its end",
    &["held dates are nobody else's before the end"],
)
.sql(&[
    "CREATE FUNCTION prove_let_go() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
     NEW.expires_at := least(NEW.expires_at, clock_timestamp() - interval '1 second'); RETURN NEW; END $$",
    "CREATE TRIGGER prove_let_go BEFORE INSERT OR UPDATE ON stays FOR EACH ROW EXECUTE FUNCTION prove_let_go()",
]);

const TAKES_NO_TURNS: Mutant = Mutant::new(
    "takes-no-turns",
    "the lock of the guest under which their holds are counted",
    &["live holds"],
)
.wire(Tamper::Blank { words: "FOR NO KEY UPDATE", of: "FROM users" });

/// What keeps one brand from another, one by one; the neighbour's are those of `cross_brand`.
const OPEN_TO_THE_NEIGHBOUR: &[Mutant] = &[
    Mutant::new(
        "one-realm",
        "the realm of its own: it signs and verifies with the neighbour's key",
        &["the neighbour's tokens open nothing"],
    )
    .env(&[("IDENTITY__STATE_DIR", "{home}/neighbour/realm")]),
    Mutant::new(
        "open-database",
        "the right of its roles alone to enter its database",
        &["no role enters the other's database"],
    )
    .sql(&["GRANT CONNECT ON DATABASE bestays_db_test TO PUBLIC"]),
    Mutant::new(
        "more-front-ends",
        "the list of its own front ends: another page is on it",
        &["no other page may call it"],
    )
    .env(&[("SERVER__ORIGINS", "http://localhost:5273,http://127.0.0.1:5273")]),
    Mutant::new(
        "one-webhook-secret",
        "the webhook secret of its own",
        &["what is signed for the neighbour is not believed"],
    )
    .env(&[("PAYMENTS__STRIPE_WEBHOOK_SECRET", proofs::cross_brand::THEIR_WEBHOOK_SECRET)]),
    Mutant::new(
        "one-prefix",
        "the prefix of its own in Redis",
        &["nothing is written under the neighbour's prefix"],
    )
    .env(&[("REDIS__PREFIX", "neighbour{port}:")]),
    Mutant::new(
        "one-folder",
        "the folder of its own for pictures",
        &[proofs::cross_brand::NOTHING_IS_TOLD],
    )
    .env(&[("MEDIA__FOLDER", "{home}/neighbour/media")]),
];

const KEEPS_IDENTITIES: Mutant = Mutant::new(
    "keeps-identities",
    "the end of an identity with its transaction: set_config(.., true)",
    &["a statement for nobody sees nothing"],
)
.wire(Tamper::Swap { words: ", true)", by: ",false)", of: "set_config('app.user_id'" });

const NO_WALL: Mutant =
    Mutant::new("no-wall", "row-level security of bookings", &["nobody reads another's rows"])
        .sql(&["ALTER TABLE bookings DISABLE ROW LEVEL SECURITY"]);

const OPEN_DOOR: Mutant = Mutant::new(
    "open-door",
    "the condition on whom an enquiry is written down for",
    &["nobody writes in another's name"],
)
.sql(&["CREATE POLICY prove_open ON leads FOR INSERT WITH CHECK (true)"]);

/// A policy that reads the setting itself. It is asked before the others, or with them.
const BARE_CAST: Mutant = Mutant::new(
    "bare-cast",
    "the knowledge that a setting which has ended reads as ''",
    &["who is nobody hears of no error"],
)
.sql(&["CREATE POLICY prove_cast ON favourites USING (user_id = current_setting('app.user_id', true)::uuid)"]);

/// Keys of anybody are among the realm's.
const TRUSTS_ATTACKERS: Mutant = Mutant::new(
    "trusts-attackers",
    "that keys are the realm's alone: it publishes somebody else's as well",
    &["every forgery is refused"],
);

const ANY_PARTY: Mutant = Mutant::new(
    "any-party",
    "the list of front ends: somebody else's is on it",
    &["every forgery is refused"],
);

const KEEPS_LEAVERS: Mutant = Mutant::new(
    "keeps-leavers",
    "the mark on an account that is gone",
    &["every forgery is refused"],
)
.sql(&[
    "CREATE FUNCTION prove_keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
     NEW.closed_at := NULL; RETURN NEW; END $$",
    "CREATE TRIGGER prove_keep BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION prove_keep()",
]);

const IMPATIENT: Mutant = Mutant {
    build: Build::Impatient,
    ..Mutant::new(
        "impatient",
        "the 30 seconds between two fetches of keys",
        &["one fetch in 30 seconds"],
    )
};

/// What Redis with its minutes would do: a delivery that comes once more is another.
const FORGETS_DELIVERIES: Mutant = Mutant::new(
    "forgets-deliveries",
    "the memory of deliveries",
    &["each event is written down once"],
)
.sql(&[
    "CREATE FUNCTION prove_forget() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
     NEW.delivery_id := NEW.delivery_id || '-' || gen_random_uuid(); RETURN NEW; END $$",
    "CREATE TRIGGER prove_forget BEFORE INSERT ON webhook_events FOR EACH ROW EXECUTE FUNCTION prove_forget()",
]);

const HEARS_OLD_WORDS: Mutant = Mutant::new(
    "hears-old-words",
    "the time of the newest word on somebody",
    &["the last word on everybody stands"],
)
.sql(&[
    "CREATE FUNCTION prove_timeless() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
     NEW.auth_updated_at := NULL; RETURN NEW; END $$",
    "CREATE TRIGGER prove_timeless BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION prove_timeless()",
]);

/// As PostgreSQL does it when nobody asks for anything else.
const LOGS_VALUES: Mutant = Mutant::new(
    "logs-values",
    "the settings that keep values out of PostgreSQL's log",
    &["PostgreSQL's log knows nothing of them"],
)
.sql(&[
    "ALTER SYSTEM SET log_error_verbosity = 'default'",
    "ALTER SYSTEM SET log_min_error_statement = 'error'",
    "ALTER SYSTEM SET log_parameter_max_length_on_error = -1",
    "SELECT pg_reload_conf()",
]);

const AUDITS_VALUES: Mutant = Mutant::new(
    "audits-values",
    "the redaction of the audit trail",
    &["neither events nor the audit trail tell of them"],
)
.sql(&[
    "DROP TRIGGER leads_audit ON leads",
    "CREATE TRIGGER leads_audit AFTER INSERT OR UPDATE OR DELETE ON leads FOR EACH ROW \
     EXECUTE FUNCTION audit_row_change('{id}', '{created_at,updated_at}', '{}')",
]);

const KEEPS_A_COLUMN: Mutant = Mutant::new(
    "keeps-a-column",
    "the erasing of one column",
    &["nothing of them is left in the database"],
)
.sql(&[
    "CREATE FUNCTION prove_keep_message() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
     NEW.message := OLD.message; RETURN NEW; END $$",
    "CREATE TRIGGER prove_keep_message BEFORE UPDATE ON leads FOR EACH ROW EXECUTE FUNCTION prove_keep_message()",
]);

const TAKES_TOO_MUCH: Mutant = Mutant::new(
    "takes-too-much",
    "the care for whose a saved search is",
    &["everybody else's rows are as they were"],
)
.sql(&[
    "CREATE FUNCTION prove_take_all() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
     DELETE FROM saved_searches WHERE id <> OLD.id; RETURN NULL; END $$",
    "CREATE TRIGGER prove_take_all AFTER DELETE ON saved_searches FOR EACH ROW \
     WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION prove_take_all()",
]);

const IDEM: &[Setting] = &[
    setting("keys", "different requests", 10, 50),
    setting("dup", "times that each is sent", 20, 100),
    CONNECTIONS,
];

const STORM: &[Setting] = &[
    setting("requests", "requests in all", 400, 5000),
    setting("rst", "percent of them that are cut", 50, 50),
    setting("reads", "reads of one's account besides, all of them cut", 600, 5000),
    setting("cut-ms", "milliseconds after which they are cut at most", 30, 30),
    CONNECTIONS,
];

const KILLS_OF_API: &[Setting] = &[
    setting("acks", "writes that are acknowledged in the end", 150, 5000),
    setting("kills", "times that the server is killed", 3, 20),
    setting("ready-ms", "milliseconds until it is ready again at most", 60_000, 2_000),
    setting("connections", "writers at once", 16, 16),
];

const KILLS_OF_POSTGRES: &[Setting] = &[
    setting("acks", "writes that are acknowledged in the end", 150, 5000),
    setting("kills", "times that PostgreSQL is killed", 2, 5),
    setting("ready-ms", "milliseconds until the API is ready again at most", 60_000, 10_000),
    setting("connections", "writers at once", 16, 16),
];

/// Every proof, in the order that they are run.
pub const PROOFS: &[Proof] = &[
    Proof {
        name: "booking-race",
        promise: "Of all who want overlapping dates at once exactly one gets them, and the others are told that they are taken",
        settings: &[
            setting("attempts", "people who try in each round", 100, 500),
            setting("slots", "dates that they want", 10, 50),
            setting("rounds", "rounds", 2, 200),
            CONNECTIONS,
        ],
        mutants: &[UNGUARDED],
        run: |run| Box::pin(proofs::booking_race::prove(run)),
    },
    Proof {
        name: "confirm-race",
        promise: "Of two who want the same dates, and two of the staff who settle it, exactly one confirmation comes out",
        settings: &[
            setting("pairs", "pairs of guests in each round", 20, 200),
            setting("rounds", "rounds", 1, 20),
            setting("connections", "pairs at once", 8, 16),
        ],
        mutants: &[UNGUARDED],
        run: |run| Box::pin(proofs::booking_race::confirm(run)),
    },
    Proof {
        name: "holds",
        promise: "Dates are held until the end of the hold, not shorter and not longer, though nothing tidies up",
        settings: &[
            setting("n", "holds", 20, 1000),
            setting("connections", "holds at once", 16, 16),
        ],
        mutants: &[KEEPS_EXPIRED, HOLDS_NOTHING],
        run: |run| Box::pin(proofs::holds::prove(run)),
    },
    Proof {
        name: "hoard",
        promise: "Nobody holds more than they may, however many requests they send at once",
        settings: &[setting("parallel", "requests of one person at once", 30, 100)],
        mutants: &[TAKES_NO_TURNS],
        run: |run| Box::pin(proofs::holds::hoard(run)),
    },
    Proof {
        name: "ical-conflict",
        promise: "No bad answer of a channel frees a night, and each night that both have sold is told once",
        settings: &[
            setting("feeds", "channels, one for each home", 10, 200),
            setting("connections", "readings at once", 4, 8),
        ],
        mutants: &[BELIEVES_AT_ONCE, TELLS_AGAIN],
        run: |run| Box::pin(proofs::ical::conflict(run)),
    },
    Proof {
        name: "ical-race",
        promise: "While a channel sells the nights that somebody books here, both are answered, and nothing is lost of either",
        settings: &[
            setting("feeds", "channels, one for each home", 10, 100),
            setting("rounds", "nights that each sells and somebody books", 6, 20),
            setting("connections", "pairs at once", 8, 8),
        ],
        mutants: &[TAKES_NO_TURN],
        run: |run| Box::pin(proofs::ical::race(run)),
    },
    Proof {
        name: "history",
        promise: "While things break, what every client was told is true: bookings, confirmations, cancellations, reads",
        settings: &[
            setting("ops", "operations", 400, 20_000),
            setting("clients", "clients", 12, 20),
            setting(
                "faults",
                "faults: the API killed, PostgreSQL killed, the API frozen, in turn",
                3,
                12,
            ),
            setting("rst", "percent of bookings whose connection is cut", 10, 10),
        ],
        mutants: &[
            Mutant { breaks: &["no two stays at any moment"], ..UNGUARDED },
            LOSES_COMMITS,
            Mutant {
                breaks: &[
                    "what was not asked for is not there",
                    "what nobody knew has one outcome",
                    "what was acknowledged is there",
                ],
                ..FORGETS_KEYS
            },
        ],
        run: |run| Box::pin(proofs::history::prove(run)),
    },
    Proof {
        name: "chat-inject",
        promise: "A model that obeys every listing writes nothing that nobody confirmed, leads nobody away, and what is confirmed is done once",
        settings: &[
            setting("listings", "listings that give orders", 6, 200),
            setting("malformed", "calls with arguments that are none", 200, 1_000),
            setting("confirmed", "drafts that are confirmed three times at once", 4, 4),
        ],
        mutants: &[
            FORGETS_KEYS,
            Mutant::new(
                "asks-the-person",
                "the person's own confirmation",
                &["nothing is written unconfirmed"],
            ),
            Mutant::new(
                "tells-raw",
                "the care with which listings are told to a model",
                &["no listing's way out is told"],
            ),
            Mutant::new(
                "says-anything",
                "the look at every sentence before it is said",
                &["no answer leads a visitor away"],
            ),
        ],
        run: |run| Box::pin(proofs::chat_inject::prove(run)),
    },
    Proof {
        name: "idem",
        promise: "A booking that is sent many times with one key is made once, and every answer is the first to the byte",
        settings: IDEM,
        mutants: &[FORGETS_KEYS],
        run: |run| Box::pin(proofs::idem::prove(run, Subject::Bookings)),
    },
    Proof {
        name: "rst-storm",
        promise: "Clients that cut their connections at any moment cost nobody an acknowledged booking, and leave no transaction open",
        settings: STORM,
        mutants: &[UNSHIELDED, LOSES_COMMITS],
        run: |run| Box::pin(proofs::rst_storm::prove(run, Subject::Bookings)),
    },
    Proof {
        name: "kill9-api",
        promise: "Killing the server loses no acknowledged booking, and a retry with the same key makes it once",
        settings: KILLS_OF_API,
        mutants: &[ANSWERS_EARLY],
        run: |run| Box::pin(proofs::kill9::api(run, Subject::Bookings)),
    },
    Proof {
        name: "kill9-pg",
        promise: "Killing PostgreSQL loses no acknowledged booking; the API answers 503 meanwhile and goes on without a restart",
        settings: KILLS_OF_POSTGRES,
        mutants: &[WRITES_LATE],
        run: |run| Box::pin(proofs::kill9::postgres(run, Subject::Bookings)),
    },
    Proof {
        name: "rls-sql",
        promise: "Whoever gets a statement into the database in somebody's name sees and changes what is theirs, and in nobody's name nothing",
        settings: &[setting("people", "people with something in every table", 3, 30)],
        mutants: &[NO_WALL, OPEN_DOOR, BARE_CAST],
        run: |run| Box::pin(proofs::rls::sql::prove(run)),
    },
    Proof {
        name: "rls-pool",
        promise: "However many people share however few connections, and leave in the midst, nobody is taken for another",
        settings: &[
            setting("users", "people", 50, 50),
            setting("conns", "connections", 4, 4),
            setting("ops", "operations", 2000, 20_000),
            setting("rst", "percent of them whose asker goes away", 20, 20),
            setting("at-once", "operations under way at once", 16, 32),
        ],
        mutants: &[KEEPS_IDENTITIES],
        run: |run| Box::pin(proofs::rls::pool::prove(run)),
    },
    Proof {
        name: "canary",
        promise: "What somebody says of themselves is told to nobody else, by no answer, event, cache or log",
        settings: &[],
        mutants: &[LOGS_VALUES, AUDITS_VALUES],
        run: |run| Box::pin(proofs::privacy::canary::prove(run)),
    },
    Proof {
        name: "erasure",
        promise: "Of a person who was erased nothing is left, nothing of anybody else is touched, and a restored backup changes neither",
        settings: &[],
        mutants: &[KEEPS_A_COLUMN, TAKES_TOO_MUCH],
        run: |run| Box::pin(proofs::privacy::erasure::prove(run)),
    },
    Proof {
        name: "idem-listings",
        promise: "A listing that is sent many times with one key is made once, and every answer is the first to the byte",
        settings: IDEM,
        mutants: &[FORGETS_KEYS],
        run: |run| Box::pin(proofs::idem::prove(run, Subject::Listings)),
    },
    Proof {
        name: "rst-storm-listings",
        promise: "Clients that cut their connections at any moment cost nobody an acknowledged listing, and leave no transaction open",
        settings: STORM,
        mutants: &[UNSHIELDED, LOSES_COMMITS],
        run: |run| Box::pin(proofs::rst_storm::prove(run, Subject::Listings)),
    },
    Proof {
        name: "kill9-api-listings",
        promise: "Killing the server loses no acknowledged listing, and a retry with the same key makes it once",
        settings: KILLS_OF_API,
        mutants: &[ANSWERS_EARLY, FORGETS_KEYS],
        run: |run| Box::pin(proofs::kill9::api(run, Subject::Listings)),
    },
    Proof {
        name: "kill9-pg-listings",
        promise: "Killing PostgreSQL loses no acknowledged listing; the API answers 503 meanwhile and goes on without a restart",
        settings: KILLS_OF_POSTGRES,
        mutants: &[WRITES_LATE],
        run: |run| Box::pin(proofs::kill9::postgres(run, Subject::Listings)),
    },
    Proof {
        name: "cross-brand",
        promise: "What is another brand's opens nothing here (its tokens, roles, front ends, webhook secret, keys in Redis), and what it shows is not told here",
        settings: &[setting("connections", "requests under way at once", 8, 16)],
        mutants: OPEN_TO_THE_NEIGHBOUR,
        run: |run| Box::pin(proofs::cross_brand::prove(run)),
    },
    Proof {
        name: "forge",
        promise: "Forged tokens are refused, all with the same words; they cost one fetch of keys at most and leave nothing in the log",
        settings: &[],
        mutants: &[TRUSTS_ATTACKERS, ANY_PARTY, KEEPS_LEAVERS],
        run: |run| Box::pin(proofs::forge::prove(run)),
    },
    Proof {
        name: "jwks-down",
        promise: "The realm's keys outlive its server and our restart for a day, and no longer",
        settings: &[setting("requests", "requests in each situation", 20, 2000)],
        mutants: &[
            Mutant::new(
                "forgets-keys-on-disk",
                "the copy of the keys on disk",
                &["a restart needs no realm"],
            ),
            Mutant::new("keeps-keys-young", "the age of the copy", &["keys of yesterday are not"]),
        ],
        run: |run| Box::pin(proofs::keys::down(run)),
    },
    Proof {
        name: "kid-flood",
        promise: "However many tokens name keys that there are not, the realm is asked once in 30 seconds, and who may come in does",
        settings: &[setting("tokens", "tokens", 300, 10_000), CONNECTIONS],
        mutants: &[IMPATIENT],
        run: |run| Box::pin(proofs::keys::flood(run)),
    },
    Proof {
        name: "webhooks",
        promise: "What the realm delivers is applied once, in whatever order and however often it comes, while PostgreSQL freezes and the server is killed; nothing forged is",
        settings: &[
            setting("events", "events, all but the last of them delivered three times", 40, 10_000),
            setting(
                "freeze-ms",
                "milliseconds for which PostgreSQL is frozen, three times",
                200,
                20_000,
            ),
            setting("connections", "deliveries at once", 16, 32),
        ],
        mutants: &[
            FORGETS_DELIVERIES,
            HEARS_OLD_WORDS,
            ANSWERS_EARLY,
            Mutant::new(
                "trusts-another-secret",
                "that the secret is the product's own: another product's is good as well",
                &["forged deliveries are refused"],
            ),
        ],
        run: |run| Box::pin(proofs::webhooks::prove(run)),
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proof_that_cannot_fail_is_none() {
        for proof in PROOFS {
            assert!(!proof.mutants.is_empty(), "{} has no mutant", proof.name);
            for mutant in proof.mutants {
                assert!(
                    !mutant.breaks.is_empty(),
                    "{} {} may break anything",
                    proof.name,
                    mutant.name
                );
            }
        }
    }

    #[test]
    fn names_are_unique() {
        let mut names: Vec<_> = PROOFS.iter().map(|proof| proof.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), PROOFS.len());
    }
}
