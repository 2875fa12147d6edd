//! Every GET route is asked by everybody whom it does not concern, and every log is read.

use terrace_server::router::ROUTES;

use super::{Planted, found_in, places, plant, told};
use crate::{
    http::Ask,
    report::Report,
    run::{PATIENT, Run},
    stage::Brand,
    world,
};

pub(crate) async fn prove(run: &Run<'_>) -> anyhow::Result<Report> {
    // Everything that can be logged is.
    let brand =
        run.brand_with(&[PATIENT, ("LOG__LEVEL", "trace"), ("LOG__FORMAT", "json")]).await?;
    run.mutate(&brand).await?;
    let home = world::homes(&brand, 1).await?.remove(0);
    let person = plant(&brand, &home, "nok").await?;
    run.say(format!("{} words of one person", person.words.len()));
    collide(&brand, &person).await?;

    let mut report = Report::default();
    report.count("words", person.words.len());
    report.at_least("words enough", 40, person.words.len());
    let seen = places::rows(&brand.owner).await?;
    let there = person
        .words
        .iter()
        .filter(|word| seen.iter().any(|(_, row)| row.to_lowercase().contains(*word)));
    // Where nothing was planted nothing is found.
    let there = there.count();
    report.count("words_in_database", there);
    report.at_least("the words are where they belong", 30, there);

    let (asked, answers) = ask_everything(&brand, &person, &home).await?;
    report.count("requests", asked);
    report.none("no answer to anybody else tells of them", &answers);

    let settled: Vec<String> = seen
        .iter()
        .filter(|(table, _)| ["audit_log", "events", "search_popular"].contains(&table.as_str()))
        .filter_map(|(table, row)| told(table, &found_in(&person.words, row.as_bytes())))
        .collect();
    report.none("neither events nor the audit trail tell of them", &settled);

    let redis = places::redis(&brand).await?;
    report.count("redis_keys", redis.len());
    let redis: Vec<String> = redis
        .iter()
        .filter_map(|(key, value)| {
            told(key, &found_in(&person.words, format!("{key} {value}").as_bytes()))
        })
        .collect();
    report.none("Redis knows nothing of them", &redis);

    let log = brand.log()?;
    report.count("log_bytes", log.len());
    report.at_least("the server has a log", 10_000, log.len());
    let log: Vec<_> = told("terrace.log", &found_in(&person.words, &log)).into_iter().collect();
    report.none("the server's log knows nothing of them", &log);
    let mut postgres = Vec::new();
    for word in &person.words {
        if brand.cluster.logged(word)? > 0 {
            postgres.push(word);
        }
    }
    report.none("PostgreSQL's log knows nothing of them", &postgres);
    Ok(report)
}

/// Somebody else turns up with the same address: the database refuses it, and would say why.
async fn collide(brand: &Brand, person: &Planted) -> anyhow::Result<()> {
    let address = person.words.get(1).map(|word| format!("{word}@example.com")).unwrap_or_default();
    let other = brand.person("somebody-else", &address, "Somebody")?;
    brand.clients.must(&Ask::get("/api/v1/me").by(&other)).await?.expect(200)?;
    Ok(())
}

/// Every route that reads, by everybody whom it does not concern, about everything of theirs.
async fn ask_everything(
    brand: &Brand,
    person: &Planted,
    home: &str,
) -> anyhow::Result<(usize, Vec<String>)> {
    let agent = brand.staff("agent", "canary-other")?;
    let callers = [
        ("a visitor", None),
        ("another user", Some(brand.token("canary-user")?)),
        ("another agent", Some(agent)),
    ];
    let (mut asked, mut leaks) = (0, Vec::new());
    for route in ROUTES.iter().filter(|route| route.method == "GET") {
        let mut paths = Vec::new();
        for id in person.ids.iter().map(String::as_str).chain([home]) {
            let path = route
                .path
                .replace("{id}", id)
                .replace("{key}", id)
                .replace("{stem}", "0123456789abcdef")
                .replace("{locale}", "en")
                .replace("{token}", "0123456789012345678901234567890123456789012")
                .replace("{file}", "index.html")
                .replace("{search_id}", id);
            let path = match route.operation {
                "map_properties" => format!("{path}?bbox=97,5,106,21&zoom=6"),
                "suggest" => format!("{path}?q=kana"),
                _ => path,
            };
            if !paths.contains(&path) {
                paths.push(path);
            }
        }
        for path in paths {
            for (who, token) in &callers {
                let ask = match token {
                    Some(token) => Ask::get(path.clone()).by(token),
                    None => Ask::get(path.clone()),
                };
                let reply = brand.clients.must(&ask).await?;
                asked += 1;
                let found = found_in(&person.words, &reply.body);
                leaks.extend(told(&format!("{} to {who}", route.operation), &found));
            }
        }
    }
    Ok((asked, leaks))
}
