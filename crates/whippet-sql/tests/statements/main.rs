//! Tests `Checker::check` with many statements. The checker must find the expected columns with their types and
//! nullability. Then the statements run on random databases, and no returned row may contradict the checker.

mod parameters;
mod random;
mod table;

use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, params_from_iter};
use whippet_sql::{Checked, Checker, Column, Kind, Step};

use random::Random;
use table::statements;

const SCHEMA: &str = include_str!("schema.sql");

/// The number of random databases on which each statement runs.
const DATABASES: u64 = 150;

fn checker() -> Checker {
    Checker::new([("schema.sql", SCHEMA)]).expect("the schema")
}

fn described(column: &Column) -> String {
    let kind = format!("{:?}", column.kind).to_lowercase();
    let null = if column.nullable { "?" } else { "" };
    format!("{} {kind}{null}", column.name)
}

#[test]
fn every_column_has_the_expected_type_and_nullability() {
    let checker = checker();
    let mut wrong = Vec::new();
    for (sql, expected) in statements() {
        let found = match checker.check(sql) {
            Ok(checked) => checked
                .columns
                .iter()
                .map(described)
                .collect::<Vec<_>>()
                .join(", "),
            Err(error) => error,
        };
        if found != expected.replace("??", "?") {
            wrong.push(format!("{sql}\n  expected {expected}\n  found    {found}"));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        statements().len(),
        wrong.join("\n")
    );
}

/// What the test has found in the rows of one statement, in all random databases so far.
#[derive(Default)]
struct Seen {
    rows: usize,
    wrong: Option<String>,
    nulls: Vec<bool>,
}

#[test]
fn no_random_database_contradicts_the_check() {
    let checker = checker();
    let statements = statements();
    let checked: Vec<Checked> = statements
        .iter()
        .map(|(sql, _)| checker.check(sql).expect(sql))
        .collect();
    let mut seen: Vec<Seen> = checked.iter().map(|_| Seen::default()).collect();
    for seed in 0..DATABASES {
        let connection = Connection::open_in_memory().expect("a database");
        connection.execute_batch(SCHEMA).expect("the schema");
        let mut random = Random(seed);
        random::fill(&connection, &mut random);
        for (checked, seen) in checked.iter().zip(&mut seen) {
            run(&connection, checked, &mut random, seen);
        }
    }
    let mut wrong = Vec::new();
    for ((sql, expected), seen) in statements.iter().zip(&seen) {
        wrong.extend(seen.wrong.clone());
        if seen.rows == 0 {
            wrong.push(format!("no database has a row for {sql}"));
            continue;
        }
        for (column, null) in expected.split(", ").zip(&seen.nulls) {
            if column.ends_with('?') && !column.ends_with("??") && !null {
                wrong.push(format!(
                    "in no test database did {sql} return a null in {column}"
                ));
            }
            if column.ends_with("??") && *null {
                wrong.push(format!("a database has a null in {column} of {sql}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Runs a statement with random parameters. Compares each returned value with the type and nullability that the checker
/// has found for the column.
fn run(connection: &Connection, checked: &Checked, random: &mut Random, seen: &mut Seen) {
    let [Step::Text(sql, _)] = checked.steps.as_slice() else {
        unreachable!("no statement of the table has pieces");
    };
    let parameters = checked.parameters.iter().map(|parameter| {
        if parameter.nullable && random.below(3) == 0 {
            Value::Null
        } else {
            random.value(parameter.kind)
        }
    });
    let parameters: Vec<Value> = parameters.collect();
    connection
        .execute_batch("savepoint run")
        .expect("a savepoint");
    let mut statement = connection.prepare(sql).expect(sql);
    let mut rows = statement.query(params_from_iter(&parameters)).expect(sql);
    seen.nulls.resize(checked.columns.len(), false);
    // A statement may fail, because a random value can violate a constraint, or can be text instead of JSON.
    while let Ok(Some(row)) = rows.next() {
        seen.rows += 1;
        for (index, column) in checked.columns.iter().enumerate() {
            let value = row.get_ref(index).expect("a value");
            seen.nulls[index] |= value == ValueRef::Null;
            if !fits(column, value) {
                seen.wrong = Some(format!(
                    "{} is {value:?} in {sql} with {parameters:?}",
                    described(column)
                ));
            }
        }
    }
    drop(rows);
    drop(statement);
    connection
        .execute_batch("rollback to run; release run")
        .expect("a rollback");
}

fn fits(column: &Column, value: ValueRef<'_>) -> bool {
    match (value, column.kind) {
        (ValueRef::Null, _) => column.nullable,
        (ValueRef::Integer(value), Kind::Boolean) => value == 0 || value == 1,
        (_, Kind::Any)
        | (ValueRef::Integer(_), Kind::Integer | Kind::Number)
        | (ValueRef::Real(_), Kind::Real | Kind::Number)
        | (ValueRef::Text(_), Kind::Text)
        | (ValueRef::Blob(_), Kind::Blob) => true,
        _ => false,
    }
}
