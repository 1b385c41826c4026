//! Types that cannot be the type of a column.

use whippet::Column;

#[derive(Column)]
struct Two(i64, i64);

#[derive(Column)]
enum State {
    Pending,
    Failed(String),
}

#[derive(Column)]
struct Generic<T>(T);

#[derive(Column)]
#[column(xml)]
struct Unknown(String);

fn main() {}
