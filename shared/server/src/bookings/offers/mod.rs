//! What a host proposes for a booking, and its guest has to agree to.
//!
//! Two kinds: a stay of a month or longer goes on (`renewal`), or a confirmed stay becomes another
//! one (`change`). An offer has a price that is kept to, and an end; it keeps no nights for
//! anybody, so that whoever books them first has them. One stands at a time: another one takes its
//! place, and whatever else changes the stay takes it away.
//!
//! - [`make`] makes one, [`due`] makes those that fall due by themselves;
//! - [`decide`] is what guests and hosts say to it;
//! - [`list`] shows them.

pub mod decide;
pub mod due;
pub mod list;
pub mod make;
mod row;

pub(super) use make::change;
pub(super) use row::withdraw_open;
