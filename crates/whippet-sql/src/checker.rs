//! Checks queries with a database that has the schema of the migrations.

use rusqlite::Connection;

use crate::analysis::{self, Uses, Value};
use crate::piece::Condition;
use crate::schema::Schema;
use crate::template::{Part, Template};
use crate::{Column, Parameter, Role, column_name, database};

/// Checks queries with an in-memory database that has the schema of the migrations.
#[derive(Debug)]
pub struct Checker {
    pub(crate) connection: Connection,
    pub(crate) schema: Schema,
}

/// A query that was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// The parts of the SQL, from the start to the end. A query without pieces in braces has a single [`Step::Text`].
    pub steps: Vec<Step>,
    /// The parameters, in the order in which they first appear in the query.
    pub parameters: Vec<Parameter>,
    /// The columns that the query returns.
    pub columns: Vec<Column>,
}

/// A part of the SQL. In the SQL, parameters are numbered `?1`, `?2`, …. The first numbers belong to the parameters
/// with the roles [`Role::Value`] and [`Role::Optional`], and the last two to the key and the limit of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Text that is always part of the SQL. The number is the highest parameter number in the text.
    Text(String, usize),
    /// Text that is part of the SQL only if the condition is met. The number is the highest parameter number in the
    /// text.
    Piece(Condition, String, usize),
    /// The condition, the order and the limit of a page. In the SQL, the parameter for the page's key is `?key`, and
    /// the parameter for the limit is `?key + 1`.
    Page {
        /// The index of the cursor in [`Checked::parameters`].
        cursor: usize,
        /// The columns by which the rows are sorted.
        columns: Vec<String>,
        /// The number of the SQL parameter for the page's key, which is the JSON array of the sort values in the
        /// cursor.
        key: usize,
    },
}

impl Checker {
    /// Creates a database, and applies the migrations one after the other. Each migration is a name and the SQL of the
    /// migration.
    ///
    /// # Errors
    ///
    /// If a migration fails, returns an error with the migration's name and SQLite's message.
    pub fn new<'a>(
        migrations: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, String> {
        let mut connection = database::open().map_err(|error| error.to_string())?;
        for (name, sql) in migrations {
            connection.execute_batch(sql).map_err(|error| {
                format!(
                    "the migration {name} fails: {}",
                    database::message(&error).0
                )
            })?;
        }
        let schema = Schema::read(&connection).map_err(|error| error.to_string())?;
        database::restrict(&mut connection);
        Ok(Self { connection, schema })
    }

    /// Checks a query.
    ///
    /// # Errors
    ///
    /// Returns SQLite's message if SQLite rejects the query. Also returns an error if the query breaks a rule of this
    /// crate, for example because two columns have the same name.
    pub fn check(&self, sql: &str) -> Result<Checked, String> {
        let template = Template::parse(sql)?;
        let mut names: Option<Vec<String>> = None;
        let mut values: Option<Vec<Value>> = None;
        let mut uses = Uses::default();
        for variant in template.variants()? {
            let own = self.prepare(&variant)?;
            match &names {
                Some(names) if *names != own => {
                    return Err(
                        "the query returns other columns without a piece in braces: move the \
                         columns out of the braces"
                            .to_owned(),
                    );
                }
                Some(_) => {}
                None => names = Some(own.clone()),
            }
            let analysis = analysis::analyze(&self.schema, &variant);
            uses.merge(&analysis.uses);
            let own_values = analysis.columns.filter(|values| values.len() == own.len());
            let own_values = own_values.unwrap_or_else(|| vec![Value::UNKNOWN; own.len()]);
            values = Some(match values {
                Some(values) => values
                    .iter()
                    .zip(own_values)
                    .map(|(a, b)| a.or(b))
                    .collect(),
                None => own_values,
            });
        }
        Ok(Checked {
            columns: columns(names.unwrap_or_default(), &values.unwrap_or_default())?,
            parameters: parameters(&template, &uses),
            steps: steps(&template),
        })
    }

    /// Lets SQLite compile the SQL, and returns the names of its result columns.
    fn prepare(&self, sql: &str) -> Result<Vec<String>, String> {
        let statement = self.connection.prepare(sql).map_err(|error| {
            let (message, offset) = database::message(&error);
            match offset.and_then(|offset| sql.get(offset..)) {
                Some(rest) if !rest.trim().is_empty() => format!("{message}, at `{}`", start(rest)),
                _ => message,
            }
        })?;
        Ok(statement
            .column_names()
            .into_iter()
            .map(str::to_owned)
            .collect())
    }
}

/// Returns the first words of a text, for an error message.
fn start(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().take(6).collect();
    words.join(" ")
}

fn columns(names: Vec<String>, values: &[Value]) -> Result<Vec<Column>, String> {
    let mut columns: Vec<Column> = Vec::new();
    for (name, value) in names.into_iter().zip(values) {
        let parsed = column_name::parse(&name);
        if columns.iter().any(|column| column.field == parsed.field) {
            let field = parsed.field;
            return Err(format!(
                "two columns are named `{field}`: rename one with `as`"
            ));
        }
        columns.push(Column {
            field: parsed.field.to_owned(),
            rust_type: parsed.rust_type.map(str::to_owned),
            kind: value.types.kind(),
            nullable: parsed.nullable.unwrap_or(value.nullable),
            name,
        });
    }
    Ok(columns)
}

fn parameters(template: &Template, uses: &Uses) -> Vec<Parameter> {
    let parameters = template
        .parameters
        .iter()
        .enumerate()
        .map(|(index, named)| {
            let value = uses.value(template.number(index).saturating_sub(1));
            Parameter {
                name: named.name.clone(),
                kind: value.types.kind(),
                nullable: value.nullable && matches!(named.role, Role::Value | Role::Optional),
                role: named.role,
            }
        });
    parameters.collect()
}

fn steps(template: &Template) -> Vec<Step> {
    let steps = template.parts.iter().map(|part| match part {
        Part::Text(fragments) => {
            let (sql, last) = template.sql(fragments);
            Step::Text(sql, last)
        }
        Part::Piece(condition, fragments) => {
            let (sql, last) = template.sql(fragments);
            Step::Piece(condition.clone(), sql, last)
        }
        Part::Page { cursor, columns } => Step::Page {
            cursor: *cursor,
            columns: columns.clone(),
            key: template.number(template.parameters.len()) + 1,
        },
    });
    steps.collect()
}
