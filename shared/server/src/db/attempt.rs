//! A part of a transaction that may fail by itself.

use sea_orm::{DatabaseTransaction, TransactionTrait};

use crate::error::Result;

/// Work within a transaction whose refusal by the database does not undo the rest: after an error
/// nothing else could be done in the transaction but to end it.
#[derive(Debug)]
pub(crate) struct Attempt(DatabaseTransaction);

impl Attempt {
    /// Begins at a savepoint.
    ///
    /// # Errors
    /// Those of the database.
    pub(crate) async fn within(tx: &DatabaseTransaction) -> Result<Self> {
        Ok(Self(tx.begin().await?))
    }

    /// Where the work is done.
    pub(crate) fn tx(&self) -> &DatabaseTransaction {
        &self.0
    }

    /// Undoes what was done, whatever came of it.
    ///
    /// # Errors
    /// What the work came to; those of the database.
    pub(crate) async fn undo<T>(self, outcome: Result<T>) -> Result<T> {
        self.0.rollback().await?;
        outcome
    }

    /// Keeps what was done if it is Ok, and undoes it if not.
    ///
    /// # Errors
    /// What the work came to; those of the database.
    pub(crate) async fn end<T>(self, outcome: Result<T>) -> Result<T> {
        match outcome {
            Ok(value) => {
                self.0.commit().await?;
                Ok(value)
            }
            Err(error) => {
                self.0.rollback().await?;
                Err(error)
            }
        }
    }
}
