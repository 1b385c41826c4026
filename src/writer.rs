//! What the functions that create or change resources need from the host.

use whippet::{Clock, Db, Random, Tasks, dependency};

use crate::id::IdGenerator;

/// What a function that creates or changes a resource needs from the host.
#[derive(Debug, Clone)]
pub(crate) struct Writer {
    pub(crate) db: Db,
    pub(crate) clock: Clock,
    pub(crate) random: Random,
    pub(crate) tasks: Tasks,
    pub(crate) ids: IdGenerator,
}

#[dependency]
async fn writer(db: Db, clock: Clock, random: Random, tasks: Tasks, ids: IdGenerator) -> Writer {
    Writer {
        db,
        clock,
        random,
        tasks,
        ids,
    }
}
