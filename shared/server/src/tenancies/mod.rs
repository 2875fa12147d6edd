//! Stays of a month or longer: what is agreed on, what the law allows, how they end.

pub mod lease_check;
pub mod notice;
pub mod terms;

pub(crate) use notice::require_without_notice;
