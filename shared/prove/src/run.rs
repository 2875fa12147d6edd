//! One run of a proof: its settings, its seed, and the protection that is taken away.

use std::{
    cell::RefCell,
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use anyhow::{Context, bail};
use futures_util::{Stream, StreamExt, stream};
use serde_json::{Value, json};

use crate::{
    report::Report,
    stage::{Brand, Plan, Prepared},
    table::{Mutant, Proof},
};

/// How much a run does where nobody says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// Enough to see that it works; what every change waits for.
    Small,
    /// The numbers that are promised.
    Full,
}

/// A profile that lets requests wait for their turn on a machine that has little time, where what
/// is proved is not how it says that it is busy.
pub(crate) const PATIENT: (&str, &str) = ("DATABASE__ACQUIRE_TIMEOUT_MS", "8000");

/// What is asked of a run.
#[derive(Clone, Debug)]
pub struct Order {
    /// How much, where a setting is not given.
    pub extent: Extent,
    /// Settings that are given.
    pub settings: BTreeMap<String, u64>,
    /// Whence all that is random comes.
    pub seed: u64,
    /// The protection that is taken away.
    pub mutant: Option<String>,
}

/// A proof at work.
#[derive(Debug)]
pub struct Run<'p> {
    prepared: &'p Prepared,
    proof: &'static Proof,
    mutant: Option<&'static Mutant>,
    settings: BTreeMap<&'static str, u64>,
    extent: Extent,
    /// Whence all that is random comes.
    pub(crate) seed: u64,
    /// How many statements the mutant touched on their way, if that is what it does.
    touched: RefCell<Option<Arc<AtomicU64>>>,
}

/// How a run ended.
#[derive(Debug)]
pub struct Ended {
    /// What was found.
    pub report: Report,
    /// The line of JSON.
    pub line: Value,
    /// Whether it is what was to be expected: green, or with a protection taken away red for the
    /// very reason that the protection is there.
    pub is_as_expected: bool,
}

/// Runs a proof.
///
/// # Errors
/// For a setting or a mutant that there is not, and where the proof could not be carried out.
pub async fn run(
    prepared: &Prepared,
    proof: &'static Proof,
    order: &Order,
) -> anyhow::Result<Ended> {
    let run = Run {
        prepared,
        proof,
        mutant: order.mutant.as_deref().map(|name| mutant(proof, name)).transpose()?,
        settings: settings(proof, order)?,
        extent: order.extent,
        seed: order.seed,
        touched: RefCell::default(),
    };
    let begun = Instant::now();
    let report = (proof.run)(&run).await.with_context(|| proof.name)?;
    let mut line = json!({
        "proof": proof.name,
        "mutant": run.mutant.map(|mutant| mutant.name),
        "seed": run.seed,
        "versions": prepared.versions,
        "settings": run.settings,
        "seconds": (begun.elapsed().as_secs_f64() * 10.0).round() / 10.0,
    });
    if let (Value::Object(line), Value::Object(found)) = (&mut line, report.to_json()) {
        line.extend(found);
    }
    if let Some(touched) = run.touched.take() {
        line["statements_touched"] = touched.load(Ordering::SeqCst).into();
    }
    let is_as_expected = match run.mutant {
        None => report.is_green(),
        Some(mutant) => report.broke_one_of(mutant.breaks),
    };
    line["as_expected"] = is_as_expected.into();
    Ok(Ended { report, line, is_as_expected })
}

fn mutant(proof: &'static Proof, name: &str) -> anyhow::Result<&'static Mutant> {
    let found = proof.mutants.iter().find(|mutant| mutant.name == name);
    found.with_context(|| {
        let names: Vec<_> = proof.mutants.iter().map(|mutant| mutant.name).collect();
        format!("{} has no mutant {name}; it has: {}", proof.name, names.join(", "))
    })
}

fn settings(proof: &Proof, order: &Order) -> anyhow::Result<BTreeMap<&'static str, u64>> {
    for name in order.settings.keys() {
        if !proof.settings.iter().any(|setting| setting.name == name) {
            bail!("{} has no setting {name}; see `prove list`", proof.name);
        }
    }
    let chosen = proof.settings.iter().map(|setting| {
        let usual = match order.extent {
            Extent::Small => setting.small,
            Extent::Full => setting.full,
        };
        (setting.name, order.settings.get(setting.name).copied().unwrap_or(usual))
    });
    Ok(chosen.collect())
}

impl Run<'_> {
    /// A setting.
    pub(crate) fn setting(&self, name: &str) -> u64 {
        // One that is asked for and not in the table is a mistake that the first run shows.
        self.settings.get(name).copied().unwrap_or_default()
    }

    /// A setting that counts things.
    pub(crate) fn count(&self, name: &str) -> usize {
        usize::try_from(self.setting(name)).unwrap_or(usize::MAX)
    }

    /// Whether this run is held to the numbers that are promised.
    pub(crate) fn is_full(&self) -> bool {
        self.extent == Extent::Full
    }

    /// Dice that fall the same way in every run of this seed.
    pub(crate) fn dice(&self) -> fastrand::Rng {
        fastrand::Rng::with_seed(self.seed)
    }

    /// Whether this run is to show that a demand may break; one with every protection shows them all.
    pub(crate) fn is_about(&self, demand: &str) -> bool {
        self.mutant.is_none_or(|mutant| mutant.breaks.contains(&demand))
    }

    /// Whether this protection is taken away, where that is done by how things are set up.
    pub(crate) fn is_without(&self, mutant: &str) -> bool {
        self.mutant.is_some_and(|taken| taken.name == mutant)
    }

    /// Tells whoever watches.
    pub(crate) fn say(&self, text: impl AsRef<str>) {
        eprintln!("  {}: {}", self.proof.name, text.as_ref());
    }

    /// A brand of its own for this run, with whatever takes the protection away in its place; it
    /// is not taken away yet.
    pub(crate) async fn brand(&self) -> anyhow::Result<Brand> {
        self.brand_with(&[]).await
    }

    /// The same, with a profile that says something else.
    pub(crate) async fn brand_with(&self, env: &[(&'static str, &str)]) -> anyhow::Result<Brand> {
        self.brand_of(env.iter().map(|(key, value)| (*key, (*value).to_owned())).collect()).await
    }

    /// The same, with values that are made up.
    pub(crate) async fn brand_of(&self, env: Vec<(&'static str, String)>) -> anyhow::Result<Brand> {
        let mut plan = Plan { env, ..Plan::default() };
        if let Some(mutant) = self.mutant {
            plan.tamper = mutant.tamper;
            plan.build = mutant.build;
            plan.env.extend(mutant.env.iter().map(|(key, value)| (*key, (*value).to_owned())));
        }
        let brand = self.prepared.brand(plan).await?;
        self.touched.replace(brand.wire.as_ref().map(crate::wire::Wire::touched));
        Ok(brand)
    }

    /// Takes the protection away, if this run is to go without. Called when everything is ready.
    pub(crate) async fn mutate(&self, brand: &Brand) -> anyhow::Result<()> {
        let Some(mutant) = self.mutant else { return Ok(()) };
        self.say(format!("without {}", mutant.removes));
        for sql in mutant.sql {
            brand.sql(sql).await?;
        }
        if let Some(wire) = &brand.wire {
            wire.begin();
        }
        Ok(())
    }
}

/// Does the same with many things, so many of them at once.
pub(crate) fn crowd<T, F: Future>(
    at_once: usize,
    things: impl IntoIterator<Item = T>,
    work: impl FnMut(T) -> F,
) -> impl Stream<Item = F::Output> {
    stream::iter(things).map(work).buffer_unordered(at_once.max(1))
}

/// The same, all of it.
pub(crate) async fn together<T, F: Future>(
    at_once: usize,
    things: impl IntoIterator<Item = T>,
    work: impl FnMut(T) -> F,
) -> Vec<F::Output> {
    crowd(at_once, things, work).collect().await
}
