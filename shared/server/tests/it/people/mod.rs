//! Agencies, agents, and who may do what.

mod agents;
mod companies;
mod handover;
mod users;

use serde_json::Value;
use terrace_testkit::{Caller, Reply};

/// The values of one field of a list's items.
fn column(reply: &Reply, field: &str) -> Vec<Value> {
    let items = reply.at("/items").as_array().unwrap_or_else(|| panic!("{reply:?}")).clone();
    items.into_iter().map(|item| item[field].clone()).collect()
}

fn agent_path(agent: &Caller) -> String {
    format!("/api/v1/agents/{}", agent.user_id.unwrap())
}

fn user_path(person: &Caller) -> String {
    format!("/api/v1/admin/users/{}", person.user_id.unwrap())
}
