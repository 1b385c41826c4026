//! The groups of the model.

use whippet::tasks::{Attempt, Members};
use whippet::{Db, Query, query};

use super::Dice;

/// A committed group.
pub(super) struct Group {
    pub(super) members: Vec<String>,
    /// The task that follows the group.
    pub(super) last: String,
}

/// Returns a query that records the outcomes of a group's members. The task that follows the group adds this query to
/// its outcome.
pub(super) fn record(attempt: &Attempt, members: Members) -> Query {
    let Members {
        done,
        dead,
        canceled,
        ..
    } = members;
    let insert = query("insert into ran values (?1, ?2, ?3)").bind(&attempt.task_id);
    insert
        .bind(attempt.number)
        .bind(format!("of {done} {dead} {canceled}"))
}

impl Group {
    /// Returns a group with a random number of members.
    pub(super) fn roll(id: &str, dice: &mut Dice) -> Self {
        let members = (0..dice.roll(5)).map(|member| format!("{id}.{member}"));
        Self {
            members: members.collect(),
            last: id.to_owned(),
        }
    }

    /// Checks the group after all tasks of the model have ended. The follower of the group was not canceled, so it must
    /// have run. Returns a description of the first mismatch.
    pub(super) async fn check(&self, db: &Db) -> Result<(), String> {
        let rows = query("select task_id, note from ran where note <> 'enqueued' order by rowid");
        let rows: Vec<(String, String)> = rows.fetch_all(db).await.map_err(|e| e.to_string())?;
        let dead = query("select id from tasks where state = 'dead'");
        let dead: Vec<String> = dead.fetch_all(db).await.map_err(|e| e.to_string())?;
        let is_member = |row: &(String, String)| self.members.contains(&row.0);
        let last_end = rows.iter().rposition(is_member);
        let first_start = rows.iter().position(|row| row.0 == self.last);
        if first_start.is_some() && first_start < last_end {
            return Err(format!("{} ran before a member ended: {rows:?}", self.last));
        }
        if dead.contains(&self.last) {
            return Ok(());
        }
        let done = rows.iter().filter(|row| is_member(row) && row.1 == "done");
        let (all, done) = (self.members.len(), done.count());
        let dead = self.members.iter().filter(|id| dead.contains(id)).count();
        let expected = format!("of {done} {dead} {}", all - done - dead);
        let seen = rows
            .iter()
            .filter(|row| row.0 == self.last && row.1.starts_with("of "));
        let seen: Vec<_> = seen.map(|row| &*row.1).collect();
        match *seen == [&*expected] {
            true => Ok(()),
            false => Err(format!("{} saw {seen:?}, not {expected:?}", self.last)),
        }
    }
}
