//! What `compose.yml` gives to each service is what it needs where real people are served.

use std::{collections::BTreeMap, fs, process::Command};

use tempfile::TempDir;

const COMPOSE: &str = include_str!("../../../../../compose.yml");

/// What `.env` holds in production: see deploy/README.md.
const DOT_ENV: [(&str, &str); 5] = [
    ("TERRACE_ENVIRONMENT", "production"),
    ("BESTAYS__IDENTITY__PUBLISHABLE_KEY", "pk_live_Y2xlcmsuYmVzdGF5cy5leGFtcGxlJA"),
    ("REALESTATE__IDENTITY__PUBLISHABLE_KEY", "pk_live_Y2xlcmsucmVhbGVzdGF0ZS5leGFtcGxlJA"),
    ("BESTAYS__MAIL__SMTP_URL", "smtps://bestays:secret@mail.example:465"),
    ("REALESTATE__MAIL__SMTP_URL", "smtps://realestate:secret@mail.example:465"),
];

/// The lines below a heading, at its indentation and deeper.
fn below<'t>(lines: &[&'t str], heading: &str) -> Vec<&'t str> {
    let level = |line: &str| line.len() - line.trim_start().len();
    let at = lines.iter().position(|line| line.trim_end() == heading).unwrap();
    let inner = lines[at + 1..].iter();
    inner.take_while(|line| level(line) > level(heading)).copied().collect()
}

/// The variables of a service, as Docker would set them.
fn environment(service: &str, secrets: &TempDir) -> BTreeMap<String, String> {
    let lines: Vec<&str> = COMPOSE.lines().filter(|line| !line.trim().is_empty()).collect();
    let services = below(&lines, "services:");
    let own = below(&services, &format!("  {service}:"));
    let common = below(&lines, "x-environment: &environment");
    let written = common.iter().copied().chain(below(&own, "    environment:"));
    let pairs = written.filter_map(|line| line.trim().split_once(": "));
    let mut set = BTreeMap::new();
    for (name, value) in pairs.filter(|(name, _)| !name.starts_with(['#', '<'])) {
        let value = match value.strip_prefix("${") {
            Some(variable) => {
                let (name, default) = variable.trim_end_matches('}').split_once(":-").unwrap();
                let given = DOT_ENV.iter().find(|(given, _)| *given == name);
                given.map_or(default, |(_, value)| value).to_owned()
            }
            None => match value.strip_prefix("/run/secrets/") {
                Some(secret) => {
                    let held = own
                        .iter()
                        .any(|line| line.trim().starts_with("secrets: [") && line.contains(secret));
                    assert!(held, "{service} is told of {secret} and does not hold it");
                    let path = secrets.path().join(secret);
                    fs::write(&path, format!("{secret} {}", "0".repeat(40))).unwrap();
                    path.display().to_string()
                }
                None => value.to_owned(),
            },
        };
        set.insert(name.to_owned(), value);
    }
    set
}

fn terrace(env: &BTreeMap<String, String>, arguments: &[&str]) -> (bool, String) {
    let products = concat!(env!("CARGO_MANIFEST_DIR"), "/../../products");
    let output = Command::new(env!("CARGO_BIN_EXE_terrace"))
        .args(arguments)
        .env_clear()
        .envs(env)
        .env("TERRACE_PRODUCTS_DIR", products)
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&said).into_owned())
}

#[test]
fn every_service_has_what_its_profile_needs_in_production() {
    let secrets = TempDir::new().unwrap();
    for product in ["bestays", "realestate"] {
        let env = environment(product, &secrets);
        let shown = terrace(&env, &["config", "show", "--product", product]);
        assert!(shown.0, "{product}: {}", shown.1);
        for key in ["database.app_password", "redis.password", "visitors.secret", "mail.smtp_url"] {
            let line = shown.1.lines().find(|line| line.contains(key));
            assert!(line.is_some_and(|line| line.contains("***")), "{product}: {key}: {line:?}");
        }
        // Who serves cannot change the schema.
        let owner = shown.1.lines().find(|line| line.contains("database.owner_password"));
        assert!(owner.is_none_or(|line| !line.contains("***")), "{product}: {owner:?}");
        let refused = terrace(&env, &["migrate", "status", "--product", product]);
        let variable = format!("{}__DATABASE__OWNER_PASSWORD", product.to_uppercase());
        assert!(!refused.0 && refused.1.contains(&variable), "{product}: {}", refused.1);
    }
}

/// It knows all products, and neither their mail nor where people are.
#[test]
fn what_prepares_can_come_in_everywhere() {
    let secrets = TempDir::new().unwrap();
    let mut env = environment("prepare", &secrets);
    // As its script says; nobody is there.
    env.insert("TERRACE_ADMIN_DATABASE_URL".to_owned(), "postgres://p:x@127.0.0.1:1/x".to_owned());
    env.insert("TERRACE_ADMIN_REDIS_URL".to_owned(), "redis://:x@127.0.0.1:1/0".to_owned());
    let (is_done, said) = terrace(&env, &["provision", "--all"]);
    assert!(!is_done && !said.contains("one problem") && !said.contains("not set"), "{said}");
    assert!(said.contains("cannot connect") || said.contains("refused"), "{said}");
}
