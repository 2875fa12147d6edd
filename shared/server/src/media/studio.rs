//! One thread that makes pictures, one after the other.
//!
//! A thread of its own, and always the same: an allocator keeps for each thread what that thread
//! has freed, and a pool of threads would take turns in keeping tens of megabytes each.

use std::sync::{
    OnceLock,
    mpsc::{self, Sender},
};

use bytes::Bytes;
use tokio::sync::{Semaphore, oneshot};

use super::picture::{self, Made, Rejection};
use crate::error::{Error, Result};

/// A file, and whom to tell.
struct Order {
    file: Bytes,
    announced: String,
    megapixels: u64,
    tell: oneshot::Sender<Result<Made, Rejection>>,
}

/// The thread, started by the first picture.
#[derive(Debug)]
pub(super) struct Studio {
    orders: OnceLock<Sender<Order>>,
    /// Taken before a file is read: files that wait take no memory.
    pub(super) turn: Semaphore,
}

impl Studio {
    pub(super) fn new() -> Self {
        Self { orders: OnceLock::new(), turn: Semaphore::new(1) }
    }

    /// Makes the pictures of a file.
    ///
    /// # Errors
    /// Where there can be no thread; why there are no pictures is the inner result.
    pub(super) async fn make(
        &self,
        file: Bytes,
        announced: &str,
        megapixels: u64,
    ) -> Result<Result<Made, Rejection>> {
        let (tell, told) = oneshot::channel();
        let order = Order { file, announced: announced.to_owned(), megapixels, tell };
        let orders = self.orders.get_or_init(open);
        orders.send(order).map_err(|_| Error::internal(anyhow::anyhow!("the thread has ended")))?;
        // A decoder that panics has met a file that nobody should see.
        Ok(told.await.unwrap_or_else(|_| Err("The file cannot be read.".to_owned())))
    }
}

fn open() -> Sender<Order> {
    let (orders, next) = mpsc::channel::<Order>();
    let work = move || {
        for Order { file, announced, megapixels, tell } in next {
            let make = || picture::make(file, &announced, megapixels);
            match std::panic::catch_unwind(std::panic::AssertUnwindSafe(make)) {
                // Nobody listens where the job has been given up.
                Ok(made) => drop(tell.send(made)),
                Err(_) => tracing::error!("a picture made the decoder panic"),
            }
        }
    };
    if let Err(error) = std::thread::Builder::new().name("pictures".to_owned()).spawn(work) {
        tracing::error!(%error, "there is no thread for pictures");
    }
    orders
}
