//! The ends of the tasks of a group.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use serde::Deserialize;

use crate::tasks::{Attempt, TaskError};
use crate::{Context, Problem, Query, query};

/// How the tasks of a group have ended: an argument of the task that [follows](super::Group::then) the group.
///
/// A request, and a task that follows no group, get a 500.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Members {
    /// How many tasks have succeeded.
    pub done: u32,
    /// How many tasks are dead.
    pub dead: u32,
    /// How many tasks were canceled, or died and were purged.
    pub canceled: u32,
}

impl Members {
    /// Returns an error after which the task that follows the group is dead, unless all tasks of the group have succeeded.
    /// When an operator has run the dead tasks of the group again, the operator can run this task again too.
    ///
    /// # Errors
    ///
    /// Returns the number of dead and canceled tasks.
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

/// Returns a query that counts the end of a member, and returns whether no member is pending. The query has to run in the
/// transaction that ends the member, after the member has ended.
pub(in crate::tasks) fn count_end(group: &str, is_done: bool) -> Query {
    let count = "update tasks set members_done = members_done + ?2 where follows = ?1 returning \
                 not exists (select 1 from tasks other where group_id = ?1 and state = 'pending')";
    query(count).bind(group).bind(is_done)
}
