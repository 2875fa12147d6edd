//! The database that the tests' databases are copies of: provisioned and migrated like a real
//! one, with the catalogue in it. Made once for each product and schema, by whoever comes first.

use std::path::{Path, PathBuf};

use secrecy::SecretString;
use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection, Executor, PgConnection, postgres::PgConnectOptions,
};
use terrace_migrator::{Provision, RoleSpec, Target};
use tokio::sync::Mutex;

use crate::cluster::{Cluster, TEMPLATE_PREFIX, admin_options, lock};

/// Opens nothing but copies of an empty database on a server made for tests.
pub(crate) const PASSWORD: &str = "testkit";

const AMENITIES: &str = include_str!("../../server/catalogue/amenities.json");
const LEGAL_RULES: &str = include_str!("../../server/catalogue/legal_rules.json");
const POLICIES: &str = include_str!("../../server/catalogue/policies.json");

/// Templates that this process has found or made.
static READY: Mutex<Vec<String>> = Mutex::const_new(Vec::new());

/// The product's roles on the test server: not those of a development database beside it, whose
/// passwords and limits must not change under it.
pub(crate) fn role(product: &str, kind: &str) -> String {
    format!("terrace_test_{product}_{kind}")
}

/// A new copy of the product's template.
pub(crate) async fn clone(cluster: &Cluster, product: &str) -> String {
    let template = ready(cluster, product).await;
    let name = cluster.new_name();
    let (owner, app) = (role(product, "owner"), role(product, "app"));
    // Copying files beats writing the copy to the log for a database of this size.
    cluster
        .run(format!("CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY OWNER {owner}"))
        .await;
    // A copy inherits neither rights nor settings of the database itself.
    let settings: Vec<String> = sqlx::query_scalar(
        "SELECT format('ALTER ROLE %I IN DATABASE %I SET %s = %L', r.rolname, $2::text, \
            split_part(c, '=', 1), split_part(c, '=', 2)) \
         FROM pg_db_role_setting s JOIN pg_roles r ON r.oid = s.setrole \
         JOIN pg_database d ON d.oid = s.setdatabase, unnest(s.setconfig) c WHERE d.datname = $1",
    )
    .bind(&template)
    .bind(&name)
    .fetch_all(&cluster.pool)
    .await
    .expect("the template's settings");
    let rights = format!(
        "REVOKE ALL ON DATABASE {name} FROM PUBLIC; GRANT CONNECT ON DATABASE {name} TO {owner}, {app}"
    );
    cluster.run([settings, vec![rights]].concat().join("; ")).await;
    name
}

async fn ready(cluster: &Cluster, product: &str) -> String {
    let mut ready = READY.lock().await;
    let name = format!("{TEMPLATE_PREFIX}{product}_{}", fingerprint());
    if !ready.contains(&name) {
        cluster.use_template(&name).await;
        make_once(cluster, product, &name).await;
        ready.push(name.clone());
    }
    name
}

/// Everything that the template is made of; another schema is another template.
fn fingerprint() -> String {
    let mut parts: Vec<String> =
        [AMENITIES, POLICIES, LEGAL_RULES, include_str!("template.rs")].map(str::to_owned).into();
    let migrations = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrator/src/migrations");
    let mut files = sql_files(&migrations);
    files.sort();
    parts.extend(files.iter().map(|file| std::fs::read_to_string(file).expect("a migration")));
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, parts.join("\0").as_bytes());
    digest.as_ref()[..6].iter().map(|byte| format!("{byte:02x}")).collect()
}

fn sql_files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("the migrations of this checkout");
    entries
        .map(|entry| entry.expect("an entry of a folder").path())
        .flat_map(|path| match path.is_dir() {
            true => sql_files(&path),
            false => vec![path],
        })
        .collect()
}

/// The mark `IS_TEMPLATE` is set last: a template without it is what a killed run left.
async fn make_once(cluster: &Cluster, product: &str, name: &str) {
    let mut connection = admin_options().connect().await.expect("an admin connection");
    lock(&mut connection, "pg_advisory_lock", &format!("making {name}")).await;
    let done: Option<bool> =
        sqlx::query_scalar("SELECT datistemplate FROM pg_database WHERE datname = $1")
            .bind(name)
            .fetch_optional(&mut connection)
            .await
            .expect("a look at the catalogue");
    if done != Some(true) {
        cluster.drop_database(name).await;
        make(product, name).await;
        cluster
            .run(format!("ALTER DATABASE {name} ALLOW_CONNECTIONS false IS_TEMPLATE true"))
            .await;
    }
    // Closing gives the lock back.
    connection.close().await.expect("a clean end");
}

async fn make(product: &str, name: &str) {
    let spec = |kind: &str, connection_limit| RoleSpec {
        name: role(product, kind),
        password: SecretString::from(PASSWORD),
        connection_limit,
    };
    terrace_migrator::provision(&Provision {
        admin: admin_options(),
        product_id: product.to_owned(),
        database: name.to_owned(),
        owner: spec("owner", 100),
        app: spec("app", 250),
    })
    .await
    .expect("the template is provisioned");
    let owner = as_owner(product, name);
    let target = Target::new(product, owner.clone(), role(product, "app")).expect("a target");
    // Whether the schema is the expected one is the migrator's own test.
    terrace_migrator::up(&target).await.expect("the template is migrated");
    let mut connection = owner.connect().await.expect("a connection as the owner");
    load_catalogue(&mut connection).await;
    connection.close().await.expect("a clean end");
}

/// Access to a database as the product's owning role.
pub(crate) fn as_owner(product: &str, database: &str) -> PgConnectOptions {
    admin_options()
        .username(&role(product, "owner"))
        .password(PASSWORD)
        .database(database)
        .application_name("testkit")
        .options([("app.role", "system"), ("app.request_id", "testkit")])
}

async fn load_catalogue(connection: &mut PgConnection) {
    let literal = |json: &str| format!("'{}'::jsonb", json.replace('\'', "''"));
    let entries = |json: &str, columns: &str| {
        format!("jsonb_array_elements({}) e, jsonb_to_record(e) AS r({columns})", literal(json))
    };
    let amenity =
        entries(AMENITIES, "slug text, category text, icon text, sort_order int, names jsonb");
    let policy = entries(
        POLICIES,
        "slug text, category text, data_type text, options text[], icon text, sort_order int, names jsonb",
    );
    let sql = format!(
        "INSERT INTO amenities (slug, category, icon, sort_order, name) \
            SELECT slug, category::amenity_category, icon, sort_order, names ->> 'en' FROM {amenity}; \
         INSERT INTO amenity_translations (amenity_slug, locale, name) \
            SELECT slug, n.key, n.value FROM {amenity}, jsonb_each_text(names) n WHERE n.key <> 'en'; \
         INSERT INTO policies (slug, category, data_type, options, icon, sort_order, name) \
            SELECT slug, coalesce(category, 'house_rules'), data_type::policy_data_type, \
                coalesce(options, '{{}}'), icon, sort_order, names ->> 'en' FROM {policy}; \
         INSERT INTO policy_translations (policy_slug, locale, name) \
            SELECT slug, n.key, n.value FROM {policy}, jsonb_each_text(names) n WHERE n.key <> 'en'; \
         INSERT INTO legal_rules (id, topic, property_types, transaction_types, ownership_types, title_deeds, \
                foreign_quota, outcome, reason, source, valid_from, valid_to, checked_on, sort_order) \
            SELECT id, topic, coalesce(property_types, '{{}}'), coalesce(transaction_types, '{{}}'), \
                coalesce(ownership_types, '{{}}'), coalesce(title_deeds, '{{}}'), coalesce(foreign_quota, '{{}}'), \
                outcome, reason, source, valid_from, valid_to, checked_on, sort_order \
            FROM jsonb_populate_recordset(NULL::legal_rules, {})",
        literal(LEGAL_RULES)
    );
    connection.execute(AssertSqlSafe(sql)).await.expect("the catalogue is loaded");
}
