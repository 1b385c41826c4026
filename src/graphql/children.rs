//! The connections of an object. One statement reads the children of all parents that a query asks for.

use std::collections::HashMap;
use std::hash::Hash;
use std::marker::PhantomData;

use async_graphql::connection::Connection;
use async_graphql::{Context, OutputType, Result};
use whippet::graphql::{ConnectionArgs, Loader, ResolverContext, connection, group_by};
use whippet::response::Cursor;
use whippet::{Db, DbError, FieldError, Problem};

use crate::list::Items;

/// The children of a kind of parent, such as the endpoints of an application.
pub(super) trait Children: 'static {
    /// The kind of the children.
    const ITEMS: Items;

    /// The filter of the connection. Two parents share a statement only if their connections have equal arguments.
    type Filter: Clone + Eq + Hash + Send + Sync + 'static;

    type Row: OutputType + Clone + Send + Sync + 'static;

    fn id(row: &Self::Row) -> &str;

    fn parent(row: &Self::Row) -> &str;

    /// Reads the page of each parent. The rows of a parent are in the order of the cursor's query.
    fn read(
        db: &Db,
        parents: &[&str],
        cursor: &Cursor,
        filter: &Self::Filter,
    ) -> impl Future<Output = std::result::Result<Vec<Self::Row>, DbError>> + Send;
}

/// Returns the connection of a parent.
pub(super) async fn children<C: Children>(
    ctx: &Context<'_>,
    parent: &str,
    args: ConnectionArgs,
    filter: C::Filter,
) -> Result<Connection<String, C::Row>> {
    let cursor = cursor(C::ITEMS, &args)?;
    let key = (parent.to_owned(), Arguments { args, filter });
    let rows = ctx.load::<Pages<C>>(key).await?.unwrap_or_default();
    Ok(connection(&cursor, rows, |row| [C::id(row).into()])?)
}

/// Decodes the cursor of a connection. The cursors are those of the REST lists: they contain the id of an item.
pub(super) fn cursor(items: Items, args: &ConnectionArgs) -> Result<Cursor, Problem> {
    let cursor = args
        .clone()
        .cursor(items.prefix(), &["rowid"], items.order())?;
    items.item(&cursor).map_err(|_| {
        let name = match is_backwards(args) {
            true => "/before",
            false => "/after",
        };
        let message = "must be a cursor of this list";
        Problem::invalid(vec![FieldError::new(name, "cursor", message)])
    })?;
    Ok(cursor)
}

/// Returns the cursor for a query that sorts by `rowid`.
pub(super) async fn by_rowid(
    db: &Db,
    items: Items,
    args: &ConnectionArgs,
) -> Result<Cursor, Problem> {
    let cursor = cursor(items, args)?;
    match items.item(&cursor)? {
        Some(item) => items.after(db, &item, cursor, is_backwards(args)).await,
        None => Ok(cursor),
    }
}

fn is_backwards(args: &ConnectionArgs) -> bool {
    args.last.is_some() || args.before.is_some()
}

/// The arguments of a connection.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Arguments<F> {
    args: ConnectionArgs,
    filter: F,
}

/// Reads the pages of several parents. A key is the id of a parent and the arguments of its connection.
struct Pages<C>(PhantomData<C>);

impl<C: Children> Loader for Pages<C> {
    type Key = (String, Arguments<C::Filter>);
    type Value = Vec<C::Row>;

    async fn load(
        context: &whippet::Context,
        keys: &[Self::Key],
    ) -> Result<HashMap<Self::Key, Self::Value>, Problem> {
        let db = context.db();
        let mut pages = HashMap::new();
        for (arguments, keys) in group_by(keys, |(_, arguments)| arguments) {
            let parents: Vec<&str> = keys
                .into_iter()
                .map(|(parent, _)| parent.as_str())
                .collect();
            let cursor = by_rowid(&db, C::ITEMS, &arguments.args).await?;
            let rows = C::read(&db, &parents, &cursor, &arguments.filter).await?;
            let rows = group_by(rows, |row| C::parent(row).to_owned());
            pages.extend(
                rows.into_iter()
                    .map(|(parent, rows)| ((parent, arguments.clone()), rows)),
            );
        }
        Ok(pages)
    }
}
