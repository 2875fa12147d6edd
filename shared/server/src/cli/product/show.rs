//! How long work shows itself: a line that moves in a terminal, a table in the end.

use std::{io::IsTerminal, time::Duration};

use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use serde_json::{Value, json};

use super::table;
use crate::brands::{Steps, Watch};

/// A line on standard error; none where nobody looks.
pub(super) struct Line(ProgressBar);

impl Line {
    pub(super) fn new() -> Self {
        if !std::io::stderr().is_terminal() {
            return Self(ProgressBar::hidden());
        }
        let bar = ProgressBar::new_spinner();
        bar.enable_steady_tick(Duration::from_millis(100));
        Self(bar)
    }

    /// Makes room for what is printed.
    pub(super) fn clear(&self) {
        self.0.finish_and_clear();
    }

    fn style(&self, template: &str) {
        if let Ok(style) = ProgressStyle::with_template(template) {
            self.0.set_style(style);
        }
    }
}

impl Watch for Line {
    fn working(&self, on: &str, done: Option<(u64, u64)>) {
        self.0.set_message(on.to_owned());
        match done {
            Some((done, of)) => {
                self.0.set_length(of);
                self.0.set_position(done);
                self.style("{spinner} {bar:30} {pos}/{len} {msg} {elapsed}");
            }
            None => self.style("{spinner} {msg} … {elapsed}"),
        }
    }
}

/// The steps, and what came of them. After a failure, the steps until then.
pub(super) fn report<T: Serialize>(
    steps: &Steps<'_>,
    result: anyhow::Result<T>,
    as_json: bool,
) -> anyhow::Result<Option<T>> {
    if as_json {
        let outcome = match &result {
            Ok(value) => ("result", json!(value)),
            Err(_) => ("result", Value::Null),
        };
        table::print_json(&json!({"steps": steps.done(), outcome.0: outcome.1}))?;
        return result.map(|_| None);
    }
    if !steps.done().is_empty() {
        table::print(
            &["step", "", "what", "ms"],
            steps.done().iter().map(|step| {
                let outcome = step.outcome.words().to_owned();
                vec![step.step.to_owned(), outcome, step.detail.clone(), step.ms.to_string()]
            }),
        );
    }
    result.map(Some)
}
