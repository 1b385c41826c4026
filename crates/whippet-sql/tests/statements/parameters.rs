//! Tests which parameters the checker finds in a statement, and which statements a query with pieces can become.

use whippet_sql::{Checker, Parameter, Role, Step};

use crate::checker;

fn described(parameter: &Parameter) -> String {
    let name = parameter.name.as_deref().unwrap_or("?");
    match parameter.role {
        Role::Condition => format!("{name} if"),
        Role::Page => format!("{name} page"),
        role => {
            let kind = format!("{:?}", parameter.kind).to_lowercase();
            let null = if parameter.nullable { "?" } else { "" };
            let optional = if role == Role::Optional {
                " optional"
            } else {
                ""
            };
            format!("{name} {kind}{null}{optional}")
        }
    }
}

#[test]
fn the_uses_of_a_parameter_decide_its_type_and_whether_it_accepts_null() {
    let checker = checker();
    let mut wrong = Vec::new();
    for (sql, expected) in [
        // Comparisons: null makes no sense here, because `x = null` is never true.
        ("select 1 from users where id = :id", "id integer"),
        (
            "select 1 from users where email = :e and name <> :n",
            "e text, n text",
        ),
        ("select 1 from users where score > :s", "s number"),
        ("select 1 from users where avatar = ?", "? blob"),
        ("select 1 from users where extra = ?", "? any"),
        ("select 1 from users where ? < age", "? integer"),
        (
            "select 1 from users where (id, email) = (?, ?)",
            "? integer, ? text",
        ),
        (
            "select 1 from users where (id, email) in ((?, ?))",
            "? integer, ? text",
        ),
        (
            "select 1 from users where id in (?, ?) and ? in (select email from users)",
            "? integer, ? integer, ? text",
        ),
        (
            "select 1 from users where age between ? and ?",
            "? integer, ? integer",
        ),
        (
            "select 1 from users where name like ? and email glob ?",
            "? text, ? text",
        ),
        (
            "select 1 from products where in_stock = ? and price < ? and released > ?",
            "? integer, ? number, ? any",
        ),
        // Parameters for which null makes sense.
        ("select 1 from users where name is ?", "? text?"),
        ("select 1 from users where age is not :age", "age integer?"),
        (
            "select 1 from users where :n is null or name = :n",
            "n text?",
        ),
        (
            "select 1 from users where name = coalesce(:n, email)",
            "n text?",
        ),
        (
            "select case :age when age then 1 else 0 end as x from users",
            "age integer?",
        ),
        ("select max(age, :least) as x from users", "least integer?"),
        // Parameters that are stored in columns.
        (
            "insert into users (id, email, name, balance, active, avatar, extra) values (?, ?, ?, ?, ?, ?, ?)",
            "? integer?, ? text, ? text?, ? real, ? integer, ? blob?, ? any?",
        ),
        (
            "insert into nodes values (?, ?, ?)",
            "? integer?, ? integer?, ? integer",
        ),
        (
            "insert into nodes select id, :parent, :weight from users where email = :email",
            "parent integer?, weight integer, email text",
        ),
        (
            "insert into keyed values (:k, 1) on conflict (code) do update set data = :d where data <> :d",
            "k text, d any?",
        ),
        (
            "update users set name = :n, balance = :b where id = :id",
            "n text?, b real, id integer",
        ),
        (
            "update users set (name, age) = (:n, :a)",
            "n text?, a integer?",
        ),
        (
            "update settings set value = :v where scope = :s",
            "v text?, s text",
        ),
        // Parameters in other places.
        (
            "select 1 from users limit ? offset ?",
            "? integer, ? integer",
        ),
        (
            "select :a + 1 as x, :b || 'x' as y, ~:c as z",
            "a number?, b any?, c integer?",
        ),
        ("select 1 from json_each(:list)", "list text?"),
        (
            "select 1 from users where id in (select value from json_each(:list))",
            "list text?",
        ),
        (
            "select substr(:t, :from, :count) as x, lower(:t) as y, round(:r, 1) as z",
            "t text?, from integer?, count integer?, r number?",
        ),
        ("select :a as a", "a any?"),
        (
            "with x as (select id from users where email = :e) select 1",
            "e text",
        ),
        (
            "select id from users order by id = :first desc",
            "first integer",
        ),
        // Parameters with two uses.
        (
            "select 1 from users where email = :x or name = :x",
            "x text",
        ),
        ("select 1 from users where email = :x or id = :x", "x any"),
        (
            "select ?2 as a from users where id = ?1 and name = ?2",
            "? integer, ? text",
        ),
        // Pieces.
        (
            "select 1 from users where id > :id {and name = :n} {and age is :a}",
            "id integer, n text optional, a integer? optional",
        ),
        (
            "select 1 from users where id > :id {and name = :n and id <> :id}",
            "id integer, n text optional",
        ),
        (
            "select id from users where true and {page :c by email, id}",
            "c page",
        ),
        (
            "select id from users order by {if :n name,} {if not :n email,} id",
            "n if",
        ),
    ] {
        let found = match checker.check(sql) {
            Ok(checked) => checked
                .parameters
                .iter()
                .map(described)
                .collect::<Vec<_>>()
                .join(", "),
            Err(error) => error,
        };
        if found != expected {
            wrong.push(format!("{sql}\n  expected {expected}\n  found    {found}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_statement_that_a_query_with_pieces_can_become_is_checked() {
    let checker = checker();
    for (sql, error) in [
        (
            "select id from users where true {and nam = :n}",
            "no such column: nam",
        ),
        (
            "select id from users where {and id = :id} true",
            "syntax error",
        ),
        (
            "select id from users where id > 0 {if :a and} {if :b or} age > 0",
            "syntax error",
        ),
        (
            "select id from users where {page :c by nam}",
            "no such column: nam",
        ),
        (
            "select {if :a name} {if not :a email as name} from users",
            "",
        ),
        (
            "select {if :a name,} id from users",
            "returns other columns",
        ),
        (
            "update users set age = 1 {, age2 = :a}",
            "no such column: age2",
        ),
        (
            "select id from users order by {if :a a,} {if :b b,} {if :c c,} {if :d d,} {if :e e,} {if :f f,} {if :g g,} id",
            "7 conditions",
        ),
    ] {
        match checker.check(sql) {
            Ok(_) => assert!(error.is_empty(), "{sql} is accepted"),
            Err(found) => assert!(!error.is_empty() && found.contains(error), "{sql}: {found}"),
        }
    }
}

#[test]
fn the_condition_of_a_piece_is_put_in_parentheses() {
    let checker = checker();
    for and in ["and ", "AND ", "and\n", " and\t"] {
        let sql = format!("select id from users where true {{{and}name = :n or email = :n}}");
        let checked = checker.check(&sql).expect(&sql);
        let piece = checked.steps.iter().find_map(|step| match step {
            Step::Piece(_, text, _) => Some(text.trim()),
            _ => None,
        });
        let piece = piece.expect("a piece");
        assert!(
            piece.starts_with("and (") && piece.ends_with(')'),
            "{sql}: {piece}"
        );
    }
    let page = "select id from users where {page :c\nBY\n id}";
    assert!(checker.check(page).is_ok());
}

#[test]
fn a_column_is_nullable_if_some_choice_of_pieces_can_return_null() {
    let checked = checker().check("select {if :a name} {if not :a email as name} from users");
    assert!(checked.expect("two columns of text").columns[0].nullable);
}

#[test]
fn the_rules_of_d1_are_enforced() {
    let checker = checker();
    let columns = ["1"; 101].join(", ");
    let terms = ["select 1 as x"; 6].join(" union all ");
    let parameters = (1..=101)
        .map(|number| format!(":p{number}"))
        .collect::<Vec<_>>()
        .join(", ");
    for (sql, error) in [
        ("select power(2, 3) as x", "no such function: power"),
        (
            "select sqlite_version() as x",
            "not authorized to use function: sqlite_version",
        ),
        (
            "select soundex('x') as x",
            "not authorized to use function: soundex",
        ),
        ("pragma journal_mode", "not authorized"),
        ("create temp table x (y)", "not authorized"),
        ("savepoint x", "not authorized"),
        ("attach 'x' as y", "not authorized"),
        ("select \"typo\" as x", "no such column"),
        (&format!("select {columns}"), "too many columns"),
        (&terms, "too many terms in compound SELECT"),
        (
            &format!("select coalesce({parameters}) as x"),
            "variable number must be between ?1 and ?100",
        ),
    ] {
        let found = checker.check(sql).expect_err(sql);
        assert!(found.contains(error), "{sql}: {found}");
    }
    assert!(checker.check("pragma table_info(users)").is_ok());
}

#[test]
fn a_migration_that_fails_is_named() {
    let migrations = [
        ("0001_a.sql", "create table a (x)"),
        ("0002_b.sql", "alter table b add column y"),
    ];
    let error = Checker::new(migrations).expect_err("no table b");
    assert_eq!(error, "the migration 0002_b.sql fails: no such table: b");
}
