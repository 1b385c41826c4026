//! Tests the compile errors of the macros. Each file `tests/<macro>/fail/<situation>.rs` must fail to compile with the
//! messages in the `.stderr` file beside it.

#[path = "task/settings.rs"]
mod task_settings;

#[test]
#[ignore = "builds the library again, which takes minutes; `make test` runs it"]
fn mistakes_are_reported_at_their_location_with_a_remedy() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/operation/fail/*.rs");
    cases.compile_fail("tests/dependency/fail/*.rs");
    cases.compile_fail("tests/query/fail/*.rs");
    cases.compile_fail("tests/record/fail/*.rs");
    cases.compile_fail("tests/task/fail/*.rs");
    cases.compile_fail("tests/cron/fail/*.rs");
    cases.compile_fail("tests/rules/fail/*.rs");
    cases.compile_fail("tests/settings/fail/*.rs");
}
