//! Fills a database with random values.

use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};
use whippet_sql::Kind;

/// A deterministic random number generator (splitmix64).
#[derive(Debug)]
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % bound
    }

    fn of<T: Clone>(&mut self, values: &[T]) -> T {
        let length = u64::try_from(values.len()).expect("a short list");
        values[usize::try_from(self.below(length)).expect("an index")].clone()
    }

    /// Returns a random value of this kind.
    pub(crate) fn value(&mut self, kind: Kind) -> Value {
        const REALS: [f64; 8] = [
            0.0,
            -0.5,
            1.5,
            1e308,
            -1e308,
            f64::INFINITY,
            f64::NEG_INFINITY,
            1e-300,
        ];
        const TEXTS: [&str; 12] = [
            "",
            "a",
            "b",
            "abc",
            "5",
            "-1.5e3",
            "2024-02-03",
            "[]",
            "[1, \"a\", null, 1.5, {\"b\": true}]",
            "{\"a\": [1]}",
            "3",
            "9e999",
        ];
        match kind {
            Kind::Boolean => Value::Integer(self.of(&[0, 1])),
            Kind::Integer => Value::Integer(self.of(&[0, 1, 2, 3, 4, 5, -1, -3, 1_000_000])),
            Kind::Real => Value::Real(self.of(&REALS)),
            Kind::Number => match self.below(2) {
                0 => self.value(Kind::Integer),
                _ => self.value(Kind::Real),
            },
            Kind::Text => Value::Text(self.of(&TEXTS).to_owned()),
            Kind::Blob => Value::Blob(self.of(&[vec![], vec![0], vec![0, 255, 1]])),
            Kind::Any => {
                let kind = self.of(&[Kind::Integer, Kind::Real, Kind::Text, Kind::Blob]);
                self.value(kind)
            }
        }
    }
}

/// A column into which the test inserts random values.
struct Filled {
    name: String,
    kind: Kind,
    nullable: bool,
}

/// Inserts random rows into every table. A column that can be null sometimes gets a null.
pub(crate) fn fill(connection: &Connection, random: &mut Random) {
    connection
        .execute_batch("pragma foreign_keys = off")
        .expect("the pragma");
    for table in [
        "users",
        "posts",
        "settings",
        "documents",
        "products",
        "orders",
        "keyed",
        "descending",
        "nodes",
        "search",
    ] {
        let columns = columns(connection, table);
        for _ in 0..random.below(7) {
            let values = columns.iter().map(|column| {
                if column.nullable && random.below(3) == 0 {
                    return Value::Null;
                }
                if column.name == "tags" {
                    return Value::Text(
                        random
                            .of(&["[]", "[1, \"a\", null]", "{\"a\": [1.5]}", "\"x\"", "null"])
                            .to_owned(),
                    );
                }
                // A time after the year 9999.
                if column.name == "created_at" && random.below(4) == 0 {
                    return Value::Integer(9_007_199_254_740_991);
                }
                random.value(column.kind)
            });
            let values: Vec<Value> = values.collect();
            let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
            let places = vec!["?"; columns.len()].join(", ");
            let sql = format!(
                "insert or ignore into {table} ({}) values ({places})",
                names.join(", ")
            );
            connection
                .execute(&sql, params_from_iter(values))
                .expect(&sql);
        }
    }
}

fn columns(connection: &Connection, table: &str) -> Vec<Filled> {
    let sql = "select name, type, \"notnull\" from pragma_table_xinfo(?1) where hidden = 0";
    let mut statement = connection.prepare(sql).expect(sql);
    let columns = statement.query_map([table], |row| {
        let declared: String = row.get(1)?;
        let not_null: bool = row.get(2)?;
        let kind = match declared.to_ascii_lowercase().as_str() {
            "integer" | "int" => Kind::Integer,
            "text" | "varchar(20)" => Kind::Text,
            "real" | "double" => Kind::Real,
            "blob" => Kind::Blob,
            "boolean" => Kind::Boolean,
            "decimal(10, 2)" | "decimal(10,2)" => Kind::Number,
            _ => Kind::Any,
        };
        Ok(Filled {
            name: row.get(0)?,
            kind,
            nullable: !not_null,
        })
    });
    let columns: Result<Vec<_>, _> = columns.expect(sql).collect();
    columns.expect("the columns")
}
