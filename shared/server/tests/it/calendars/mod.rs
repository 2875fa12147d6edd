//! Calendars of other channels: read, believed or not, and told of what is ours.

mod addresses;
mod commands;
mod conflicts;
mod export;
mod history;
mod hostile;
mod manage;
mod proof;
mod reading;
mod support;
mod trust;

pub(super) use support::{calendar_of, conflict_of, export_of};
