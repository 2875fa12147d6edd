//! Stays of a month or longer: what is agreed on, what the law allows, how they end.

pub mod lease_check;
