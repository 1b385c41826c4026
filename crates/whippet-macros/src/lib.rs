//! The macros of `whippet`. Use the macros through `whippet`, which re-exports them.

mod column;
mod declare;
mod dependency;
mod doc;
mod events;
mod form;
mod migrations;
mod mistakes;
mod named_fields;
mod openapi;
mod operation;
mod query;
mod record;
mod rules;
mod settings;
mod snake_case;
mod task;
mod test;

use proc_macro::TokenStream;

/// Embeds a folder of migrations into the program: `migrations!("migrations")`.
///
/// The path of the folder is relative to the `Cargo.toml` of the calling crate. The files are named `NNNN_name.sql`
/// with consecutive numbers from `0001`, like the files that `wrangler d1 migrations create` creates. Files without the
/// extension `.sql` are ignored.
///
/// # Errors
///
/// Compilation fails when the folder cannot be read, when a `.sql` file is not named `NNNN_name.sql`, or when a number
/// is missing or used twice.
#[proc_macro]
pub fn migrations(input: TokenStream) -> TokenStream {
    migrations::expand(input.into())
        .unwrap_or_else(|error| error.into_compile_error())
        .into()
}

/// Embeds an OpenAPI document from a file into a WebAssembly program: `openapi!("openapi.json")`.
///
/// Expands to an `Option<&'static str>` for [`Info::prebuilt`](../whippet/openapi/struct.Info.html#method.prebuilt). On
/// WebAssembly, the value is the text of the file without white space between tokens. On native targets, the value is
/// `None`, because a native program generates the document itself. So the native program that writes the file can be
/// compiled before the file exists. The path of the file is relative to the `Cargo.toml` of the calling crate.
///
/// # Errors
///
/// Compilation for WebAssembly fails when the file cannot be read.
#[proc_macro]
pub fn openapi(input: TokenStream) -> TokenStream {
    openapi::expand(input.into())
        .unwrap_or_else(|error| error.into_compile_error())
        .into()
}

/// The macro behind `whippet::query!`. Its input starts with the path of the crate `whippet` and a semicolon.
#[doc(hidden)]
#[proc_macro]
pub fn query(input: TokenStream) -> TokenStream {
    query::expand(input.into(), query::Macro::Query).into()
}

/// The macro behind `whippet::query_as!`. Its input starts with the path of the crate `whippet` and a semicolon.
#[doc(hidden)]
#[proc_macro]
pub fn query_as(input: TokenStream) -> TokenStream {
    query::expand(input.into(), query::Macro::QueryAs).into()
}

/// The macro behind `whippet::query_scalar!`. Its input starts with the path of the crate `whippet` and a semicolon.
#[doc(hidden)]
#[proc_macro]
pub fn query_scalar(input: TokenStream) -> TokenStream {
    query::expand(input.into(), query::Macro::QueryScalar).into()
}

/// Lets a type be read from a column and bound to a parameter.
///
/// - A struct with one field is stored like its field: `struct UserId(i64)`.
/// - An enum whose variants have no fields is stored as the name of the variant in snake case:
///   `enum State { Pending, InProgress }` is stored as `pending` and `in_progress`.
/// - With `#[column(json)]`, the type is stored as JSON text, written and read by `serde`.
/// - With `#[column(text)]`, the type is stored as text, written by `Display` and read by `FromStr`. The type must be a
///   struct with one field, and the type of this field must implement `Display` and `FromStr`:
///   `#[column(text)] struct Id(Uuid)`.
///
/// `#[column(crate = path)]` sets the path of the crate `whippet`, if `Cargo.toml` renames it.
///
/// # Errors
///
/// Compilation fails when the type has none of these forms, or has generic parameters.
#[proc_macro_derive(Column, attributes(column))]
pub fn column(item: TokenStream) -> TokenStream {
    column::expand(item.into())
        .unwrap_or_else(|error| error.into_compile_error())
        .into()
}

/// Maps a struct to a table: see the trait `whippet::Record`.
///
/// # Errors
///
/// Compilation fails, and reports all errors together, when the type is not a struct with named fields, or when the
/// struct disagrees with the table that the migrations create.
#[proc_macro_derive(Record, attributes(record))]
pub fn derive_record(item: TokenStream) -> TokenStream {
    record::expand(item.into()).into()
}

/// Lets `Record::patch` change the columns for which a struct has values: see the trait `whippet::RecordPatch`.
///
/// # Errors
///
/// Compilation fails, and reports all errors together, when the type is not a struct with named fields, or when the
/// struct disagrees with the table that the migrations create.
#[proc_macro_derive(RecordPatch, attributes(record))]
pub fn derive_record_patch(item: TokenStream) -> TokenStream {
    record::expand_patch(item.into()).into()
}

/// Turns an async function into a dependency, so that handlers can take the function's result as an argument.
///
/// ```ignore
/// #[dependency]
/// async fn tenant(key: ApiKey, db: Db) -> Result<Tenant, Problem> {
///     find_tenant(&db, key).await
/// }
/// ```
///
/// In this example, handlers, tasks and other dependencies can take an argument of the type `Tenant`. The function is
/// called once per request. Its result is cloned for each argument of the type `Tenant`. Tests can override the result
/// with `TestAppBuilder::with`.
///
/// Each argument of the function is another dependency, or an extractor that does not read the body. In the OpenAPI
/// document, an operation that uses the dependency has the parameters and problem types of these arguments. If the
/// function returns a `Result`, the operation also has the problem type `INTERNAL`. To declare problem types that no
/// argument declares, write `#[dependency(errors(NO_TENANT))]`.
///
/// `#[dependency(security = KEY)]` documents the security scheme `KEY`, a `SecurityScheme`, instead of the arguments'
/// schemes. With several schemes, as in `#[dependency(security(KEY, COOKIE))]`, a request must satisfy one of them.
///
/// # Errors
///
/// Compilation fails, and reports all errors together, when the function is not async, is generic, or returns nothing.
#[proc_macro_attribute]
pub fn dependency(arguments: TokenStream, item: TokenStream) -> TokenStream {
    dependency::expand(arguments.into(), item.into()).into()
}

/// Turns an async function into the handler of a task: `#[task(retry = "5s 5m 1h")]`.
///
/// ```ignore
/// #[task(retry = "5s 5m 1h", timeout = "20s", queue = "mail")]
/// async fn welcome(task: Welcome, db: Db, mailer: Mailer) -> Result<(), TaskError> {
///     mailer.send(&task.email, "Welcome!").await
/// }
/// ```
///
/// The first argument is the data of the task. The type of this data must implement `Serialize` and `Deserialize`. The
/// attribute implements `Task` for this type. The other arguments are dependencies, as in a request handler. The
/// function returns `Result<(), TaskError>`, or `Result<Done, TaskError>`. The attribute does not change the function
/// itself. `tasks![welcome]` adds the task to an app.
///
/// These settings, in any order, are all optional:
///
/// - `retry = "5s 5m 1h"`: the delays before the retries. In `retry = "exponential(1s, 2, 8)"`, the arguments are the
///   first delay, the factor from each delay to the next, and the number of retries. Without `retry`, a task is not
///   retried
/// - `timeout = "20s"`: the time limit of an attempt, 30 s by default
/// - `queue = "mail"`: the queue, `default` by default
/// - `priority = "low"`: `low`, `normal` (the default) or `high`; if more tasks are due than can run, tasks with a
///   higher priority run more often
/// - `concurrency = 4`: how many tasks with the same concurrency key run at the same time
/// - `name = "welcome"`: the name of the task in the database; the default is the name of the function. Keep the name
///   when you rename the function, because tasks with the old name may be pending
///
/// # Errors
///
/// Compilation fails, and reports all errors together, when a setting is not valid, or when the function is not async,
/// is generic, or has no argument. Compilation also fails when the type of the first argument is not defined in the
/// calling crate.
#[proc_macro_attribute]
pub fn task(arguments: TokenStream, item: TokenStream) -> TokenStream {
    task::expand(task::Kind::Task, arguments.into(), item.into()).into()
}

/// Runs an async function on a schedule: `#[cron("*/5 * * * *", tz = "Europe/Berlin", missed = "all")]`.
///
/// ```ignore
/// #[cron("30 4 * * mon-fri", tz = "Europe/Berlin", retry = "5m 1h")]
/// async fn clean_up(tick: Tick, db: Db) -> Result<(), TaskError> {
///     query("delete from sessions where expires_at < ?1").bind(tick.time).execute(&db).await?;
///     Ok(())
/// }
/// ```
///
/// Each tick of the schedule enqueues one task, however many processes run. All arguments are dependencies, as in a
/// request handler; `Tick` is the time of the tick. The function returns `Result<(), TaskError>`, or
/// `Result<Done, TaskError>`. `tasks![clean_up]` adds the schedule to an app.
///
/// The expression has the five fields that crontab(5) describes: minute, hour, day of the month, month and day of the
/// week (0 and 7 are Sunday). Months and days of the week also have names. If both the day of the month and the day of
/// the week are restricted (neither starts with `*`), a day matches if one of them does. `@hourly`, `@daily`,
/// `@weekly`, `@monthly` and `@yearly` are expressions too.
///
/// These settings can follow, in any order:
///
/// - `tz = "Europe/Berlin"`: the IANA name of the time zone, UTC by default. A time of day that the clocks skip is
///   replaced by the end of the gap. A time of day that occurs twice has one tick, at its first occurrence. If the
///   minute or the hour starts with `*`, there is a tick whenever clocks show a matching time
/// - `missed = "skip"`: what happens to missed ticks. A tick is missed if no program checks the schedule within 5
///   minutes after it. `skip` runs no task for missed ticks. `once` (the default) runs one task for all of them, unless
///   a tick in the last 5 minutes runs a task anyway. `all` runs a task for each missed tick
/// - the settings of [`#[task]`](macro@task), such as `retry`
///
/// If the function also has the attribute `#[task]`, its first argument is the data of the task. The type of this data
/// must implement `From<Tick>`. In this case, write the settings of the task in `#[task]`.
///
/// # Errors
///
/// Compilation fails, and reports all errors together, when the expression is not valid or never matches, when a
/// setting is not valid, or when the function is not async or is generic.
#[proc_macro_attribute]
pub fn cron(arguments: TokenStream, item: TokenStream) -> TokenStream {
    task::expand(task::Kind::Cron, arguments.into(), item.into()).into()
}

macro_rules! operations {
    ($($name:ident)*) => {$(
        #[doc = concat!("Turns an async function into the operation that handles `", stringify!($name), "` requests: `#[", stringify!($name), "(\"/path/{id}\")]`.")]
        ///
        /// These settings can follow the path in the attribute:
        ///
        /// - `status = 201`: the status of a successful response, unless the return type sets another status
        /// - `tag = "Users"`: the operation's group in the OpenAPI document
        /// - `scopes("users:read")`: the scopes that the caller needs; one of the function's arguments must be a
        ///   dependency that checks the scopes with `RequiredScopes`
        /// - `errors(TAKEN)`: problem types that neither an argument nor the return type declares
        /// - `deprecated`: marks the operation as deprecated in the OpenAPI document
        ///
        /// The doc comment of the function is the operation's summary and description, and the function's name is the
        /// operation's id. The macro does not change the function itself.
        ///
        /// Every argument of the function is an extractor. An extractor that reads the body must be the last argument.
        /// Arguments are extracted in order. If arguments are rejected with 422, one response lists the invalid fields
        /// of all arguments. Any other rejection stops the extraction.
        ///
        /// # Errors
        ///
        /// Compilation fails, and reports all errors together, when the path is malformed, or when the function is not
        /// async, is generic or returns an `impl Trait`. Compilation also fails when an argument is not an extractor.
        #[proc_macro_attribute]
        pub fn $name(arguments: TokenStream, item: TokenStream) -> TokenStream {
            operation::expand(stringify!($name), arguments.into(), item.into()).into()
        }
    )*};
}

operations! { get post put patch delete }

/// Reads a struct from a form with files: see the trait `whippet::extract::FormData`.
///
/// A field that is not a file can have the attributes `serde`, `validate` and `schemars`. A file can have the attribute
/// `#[form(…)]`. Its setting `accept("image/png", "image/*")` lists the accepted media types. Its setting `name = "…"`
/// sets the name of the field in the form.
///
/// # Errors
///
/// Compilation fails, and reports all errors together, when the type is not a struct with named fields, when an
/// attribute has an unknown setting, or when a media type is malformed.
#[proc_macro_derive(Form, attributes(form, serde, validate, schemars))]
pub fn derive_form(input: TokenStream) -> TokenStream {
    form::expand(input.into()).into()
}

/// Turns an enum into the events of a stream: see the trait `whippet::response::Events`.
///
/// # Errors
///
/// Compilation fails, and reports all errors together, when the type is not an enum, or when a variant has more than
/// one value.
#[proc_macro_derive(Events, attributes(event))]
pub fn derive_events(input: TokenStream) -> TokenStream {
    events::expand(input.into()).into()
}

/// Reads a struct from the variables of the configuration: see the trait `whippet::Settings`.
///
/// # Errors
///
/// Compilation fails, and reports all errors together, when the type is not a struct with named fields, when an
/// attribute has an unknown setting, or when a name is not a valid variable name.
#[proc_macro_derive(Settings, attributes(settings, setting))]
pub fn derive_settings(input: TokenStream) -> TokenStream {
    settings::expand(input.into()).into()
}

/// Adds the rule `each` to `#[validate(…)]`. The rules in `each(…)` apply to every item of a list, or to every value of
/// a map.
///
/// ```ignore
/// #[rules]
/// #[derive(Deserialize, Validate, JsonSchema)]
/// struct NewNote {
///     #[validate(length(max = 10), each(length(min = 1, max = 30)))]
///     tags: Vec<String>,
/// }
/// ```
///
/// Each error contains a JSON pointer to the invalid item, such as `/tags/3`. If the struct derives `JsonSchema`, the
/// schema of the items contains the rules as keywords such as `maxLength`. `#[rules]` must be above the attribute
/// `#[derive(…)]`.
///
/// # Errors
///
/// Compilation fails when the item is not a struct that derives `Validate`, or when `each` has no rules in parentheses.
#[proc_macro_attribute]
pub fn rules(arguments: TokenStream, item: TokenStream) -> TokenStream {
    rules::expand(arguments.into(), item.into()).into()
}

/// Turns a function into a test that runs natively with `cargo test` and in a browser with `wasm-bindgen-test`.
///
/// Each argument of an `async fn` is a `whippet::testing::Fixture`, which is set up for this test only. Put other
/// attributes, such as `#[should_panic]`, below `#[whippet::test]`. Put `#[rstest]` above `#[whippet::test]`, which
/// then applies to each case.
///
/// # Errors
///
/// Compilation fails when the function has a receiver (`self`), when the function has arguments but is not `async`, or
/// when the attribute has arguments.
#[proc_macro_attribute]
pub fn test(attribute: TokenStream, item: TokenStream) -> TokenStream {
    test::expand(attribute.into(), item.into()).into()
}
