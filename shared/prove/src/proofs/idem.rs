//! A request that is sent again because its answer was lost has its effect once.

use std::collections::HashMap;

use super::acknowledged_are_there;
use crate::{
    http::Reply,
    report::{Report, percentile},
    run::{PATIENT, Run, together},
    writes::Subject,
};

pub(crate) async fn prove(run: &Run<'_>, subject: Subject) -> anyhow::Result<Report> {
    let (keys, dup) = (run.count("keys"), run.count("dup"));
    let brand = run.brand_with(&[PATIENT]).await?;
    let writes = subject.writes(&brand, keys).await?;
    run.mutate(&brand).await?;
    let mut sendings: Vec<_> = writes.iter().flat_map(|write| vec![write; dup]).collect();
    run.dice().shuffle(&mut sendings);
    run.say(format!("{} requests with {keys} keys", sendings.len()));
    let answers = together(run.count("connections"), sendings, async |write| {
        (write.mark.as_str(), brand.clients.send(&write.ask).await)
    })
    .await;

    let mut report = Report::default();
    let (mut others, mut took) = (Vec::new(), Vec::new());
    let mut by_mark: HashMap<&str, Vec<Reply>> = HashMap::new();
    for (mark, answer) in answers {
        match answer {
            Ok(reply) if reply.status == 201 => {
                took.push(reply.took);
                by_mark.entry(mark).or_default().push(reply);
            }
            Ok(reply) => others.push(format!("{} {}", reply.status, reply.code())),
            Err(lost) => others.push(format!("{lost:?}")),
        }
    }
    let replays = by_mark.values().flatten().filter(|reply| reply.is_replayed).count();
    let differing: Vec<_> = by_mark
        .iter()
        .filter(|(_, replies)| {
            replies.windows(2).any(|two| match two {
                [one, other] => one.essence() != other.essence(),
                _ => false,
            })
        })
        .map(|(mark, _)| mark)
        .collect();
    report.count("requests", keys * dup);
    report.count("replays", replays);
    report.count("p50_ms", percentile(&took, 0.5));
    report.count("p99_ms", percentile(&took, 0.99));
    report.none("every answer is 201", &others);
    report.exactly("all but the first are replays", keys * (dup - 1), replays);
    report.none("replays are the first answer", &differing);
    acknowledged_are_there(&mut report, &brand, subject, by_mark.keys().copied()).await?;
    Ok(report)
}
