//! Mistakes in structs of settings, forms and events.

use whippet::Settings;
use whippet::extract::{File, Form};
use whippet::response::Events;

#[derive(Settings)]
#[settings(prefix = "shop_", suffix = "X")]
struct Shop {
    #[setting(name = "no-name", defaults = "a")]
    name: String,
    #[setting(default = "a")]
    optional: Option<String>,
}

#[derive(Settings)]
struct Tuple(String);

struct NotFromStr;

#[derive(Settings)]
struct Unreadable {
    value: NotFromStr,
}

#[derive(Form)]
struct Upload {
    #[form(accept("image/png"))]
    title: String,
    #[form(accept("png", "image/png; a=b"), limit = 3)]
    file: File<3>,
}

#[derive(Form)]
enum NotAForm {}

#[derive(Events)]
enum Event {
    #[event(name = "")]
    Empty,
    Two(u8, u8),
    #[event(named = "a")]
    Named { value: u8 },
}

#[derive(Events)]
struct NotEvents;

fn main() {}
