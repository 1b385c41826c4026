//! An app does not start if the argument `Path` of an operation does not fit the parameters in the operation's path.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use validator::Validate;
use whippet::routing::Routes;
use whippet::testing::TestApp;
use whippet::{App, Path, Problem, Valid, dependency, get, routes};

#[derive(Deserialize, JsonSchema, Validate)]
#[serde(rename_all = "kebab-case")]
#[allow(dead_code, reason = "only the names of the fields matter")]
struct Book {
    shop_id: u32,
    number: Option<u32>,
    #[serde(default)]
    edition: u8,
}

#[derive(Deserialize, JsonSchema)]
#[allow(dead_code, reason = "no request reads an id")]
struct Id(u32);

#[derive(Clone)]
struct Shop;

#[dependency]
async fn shop(_: Path<Book>) -> Shop {
    Shop
}

#[get("/none")]
async fn single_without_parameters(_: Path<u32>) {}

// An attribute such as `#[get]` checks tuples and types from `std` at compile time. It cannot resolve these aliases, so
// the app checks their types when it starts.
type Text = String;
type Pair = (u32, u32);

#[get("/two/{a}/{b}")]
async fn single_of_two(_: Path<Text>) {}

#[get("/newtype")]
async fn newtype_without_parameters(_: Path<Id>) {}

#[get("/one/{a}")]
async fn tuple_of_one(_: Path<(u32, u32)>) {}

#[get("/three/{a}/{b}/{*c}")]
async fn tuple_of_three(_: Result<Path<Pair>, Problem>) {}

#[get("/books/{shop}")]
async fn struct_with_another_name(_: Valid<Path<Book>>) {}

#[get("/shops/{id}")]
async fn dependency_with_another_name(_: Shop) {}

#[get("/a/{shop-id}/{number}")]
async fn struct_by_name(_: Path<Book>, _: Shop) {}

#[get("/b/{shop-id}/{more}")]
async fn struct_with_less(_: Path<Book>) {}

#[get("/c/{a}/{*b}")]
async fn tuple_of_two(_: Path<(Id, String)>, _: Path<BTreeMap<String, String>>) {}

#[get("/d/{a}")]
async fn newtype(_: Path<Id>, _: Path<Vec<String>>, _: Path<(String,)>) {}

#[get("/e/{a}")]
async fn no_argument() {}

async fn start(routes: Routes) -> Result<App, String> {
    let app = |_: &_| Ok(App::new().routes(routes));
    match TestApp::builder().try_start(app).await {
        Ok(_) => Ok(App::new()),
        Err(error) => Err(error.to_string()),
    }
}

#[whippet::test]
async fn an_app_whose_argument_does_not_match_its_path_does_not_start() {
    for (routes, expected) in [
        (
            routes![single_without_parameters],
            "the operation \"single_without_parameters\" cannot be added at GET /none: `Path<u32>` needs 1 path parameter, but the path has no parameters: ",
        ),
        (
            routes![single_of_two],
            "at GET /two/{a}/{b}: `Path<alloc::string::String>` needs 1 path parameter, but the path has 2 parameters: use a tuple or a struct",
        ),
        (
            routes![newtype_without_parameters],
            "needs 1 path parameter, but the path has no parameters",
        ),
        (
            routes![tuple_of_one],
            "`Path<(u32, u32)>` needs 2 path parameters, but the path has 1 parameter",
        ),
        (
            routes![tuple_of_three],
            "`Path<(u32, u32)>` needs 2 path parameters, but the path has 3 parameters",
        ),
        (
            routes![struct_with_another_name],
            "Book>` needs the path parameter `shop-id`, which the path does not have: add `{shop-id}` to the path, or rename or remove the field",
        ),
        (
            routes![dependency_with_another_name],
            "the operation \"dependency_with_another_name\" cannot be added at GET /shops/{id}: ",
        ),
    ] {
        let error = start(routes).await.unwrap_err();
        assert!(error.contains(expected), "{error}");
    }
}

#[whippet::test]
async fn an_app_whose_arguments_match_their_paths_starts() {
    let routes = routes![
        struct_by_name,
        struct_with_less,
        tuple_of_two,
        newtype,
        no_argument
    ];
    assert!(start(routes).await.is_ok());
}

#[whippet::test]
async fn the_document_has_exactly_the_parameters_of_the_path() {
    let app = App::new().routes(routes![struct_with_less, no_argument]);
    let document = app.document();
    for (path, expected) in [
        (
            "/b/{shop-id}/{more}",
            [("shop-id", "integer"), ("more", "string")].as_slice(),
        ),
        ("/e/{a}", &[("a", "string")]),
    ] {
        let parameters = document["paths"][path]["get"]["parameters"].as_array();
        let parameters: Vec<_> = parameters
            .unwrap()
            .iter()
            .map(|parameter| (&parameter["name"], &parameter["schema"]["type"]))
            .map(|(name, ty)| (name.as_str().unwrap(), ty.as_str().unwrap()))
            .collect();
        assert_eq!(parameters, expected);
    }
}
