//! What happened, told to others: signed, in order, at least once.

mod addresses;
mod commands;
mod delivery;
mod documented;
mod endpoints;
mod killed;
mod order;
mod replay;
mod retries;
mod support;
mod switched_off;
