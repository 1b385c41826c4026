//! The argument [`Members`], which states how the tasks of a group have ended.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use serde::Deserialize;

use crate::tasks::{Attempt, TaskError};
use crate::{Context, Problem, Query, query};

/// How many tasks of a group have succeeded, are dead, or were canceled. The task that [follows](super::Group::then)
/// the group can take a `Members` as an argument.
///
/// If a request handler takes a `Members`, the response is a 500. If a task that does not follow a group takes a
/// `Members`, the attempt fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Members {
    /// How many tasks have succeeded.
    pub done: u32,
    /// How many tasks are dead.
    pub dead: u32,
    /// How many tasks were canceled. Dead tasks that were purged also count.
    pub canceled: u32,
}

impl Members {
    /// Returns an error unless all tasks of the group have succeeded. If the task that follows the group returns this
    /// error, that task is dead. An operator can run the dead tasks of the group again, and then the task that follows
    /// the group.
    ///
    /// # Errors
    ///
    /// Returns a [`TaskError::dead`] with the three counts if a task of the group is dead or was canceled.
    pub fn require_done(&self) -> Result<(), TaskError> {
        let Self {
            done,
            dead,
            canceled,
        } = self;
        if dead + canceled == 0 {
            return Ok(());
        }
        let all = done + dead + canceled;
        Err(TaskError::dead(format!(
            "{done} of {all} tasks of the group have succeeded, {dead} are dead, {canceled} were canceled"
        )))
    }
}

impl FromRequestParts<Context> for Members {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, context: &Context) -> Result<Self, Problem> {
        let attempt = Attempt::from_request_parts(parts, context).await?;
        let members = "select done, dead, max(0, members - done - dead) as canceled from (select members, \
                       members_done as done, (select count(*) from tasks where group_id = follower.follows \
                       and state = 'dead') as dead from tasks follower where id = ?1 and follows is not null)";
        let members = query(members).bind(attempt.task_id);
        let members: Option<Self> = members.fetch_optional(&context.db()).await?;
        members.ok_or_else(|| {
            Problem::internal("`Members` is available only in a task that follows a group")
        })
    }
}

/// Returns a query that updates the counts of a group when one of its members ends. The query returns true if all
/// members have ended. Run the query in the transaction that removes the member or marks it as dead, after the
/// statement that does so.
pub(in crate::tasks) fn count_end(group: &str, is_done: bool) -> Query {
    let count = "update tasks set members_done = members_done + ?2 where follows = ?1 returning \
                 not exists (select 1 from tasks other where group_id = ?1 and state = 'pending')";
    query(count).bind(group).bind(is_done)
}
