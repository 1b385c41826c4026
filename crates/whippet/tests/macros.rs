//! What the macros say where they are used wrongly: `tests/<macro>/fail/<situation>.rs`, with the messages beside it.

#[test]
#[ignore = "builds the library once more, which takes minutes: `make test` runs it"]
fn mistakes_are_told_where_they_are_with_the_remedy() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/operation/fail/*.rs");
    cases.compile_fail("tests/dependency/fail/*.rs");
}
