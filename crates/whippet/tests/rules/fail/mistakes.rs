//! Mistakes in the rule `each`.

use serde::Deserialize;
use validator::Validate;
use whippet::rules;

#[rules]
#[derive(Deserialize)]
struct WithoutValidate {
    #[validate(each(length(max = 3)))]
    tags: Vec<String>,
}

#[rules(all)]
#[derive(Deserialize, Validate)]
struct WithoutRules {
    #[validate(each)]
    tags: Vec<String>,
    #[validate(each(length(max = 3)), each(length(min = 1)))]
    twice: Vec<String>,
}

#[rules]
enum NotAStruct {}

#[rules]
#[derive(Deserialize, Validate)]
struct NotAList {
    #[validate(each(length(max = 3)))]
    name: String,
}

fn main() {}
