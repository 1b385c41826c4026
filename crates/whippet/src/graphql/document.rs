//! Checks a parsed document, before it is validated against the schema.

use async_graphql::parser::types::{
    Directive, DocumentOperations, ExecutableDocument, OperationDefinition, OperationType,
    Selection, SelectionSet,
};
use async_graphql::{Positioned, ServerError, Value, Variables};

use super::Limits;
use super::limits::MAX_SELECTIONS;
use super::scan::exceeded;
use crate::Problem;

/// The operation that a request selects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Selected {
    pub(super) name: Option<String>,
    pub(super) kind: OperationType,
    /// Whether the operation is a query that reads only the schema.
    pub(super) is_introspection: bool,
    /// Whether the operation reads the schema, alone or together with data.
    pub(super) reads_schema: bool,
}

/// Rejects a document that exceeds a limit. Returns the operation with the given name or, without a name, the only
/// operation. Returns `None` if the document has no such operation.
pub(super) fn check(
    document: &ExecutableDocument,
    name: Option<&str>,
    limits: &Limits,
) -> Result<Option<Selected>, Problem> {
    let mut count = Count {
        document,
        limits,
        selections: 0,
        aliases: 0,
        directives: 0,
    };
    for (_, operation) in document.operations.iter() {
        let operation = &operation.node;
        count.directives(&operation.directives)?;
        for variable in &operation.variable_definitions {
            count.directives(&variable.node.directives)?;
        }
        count.selections(&operation.selection_set.node, 0)?;
    }
    Ok(find(document, name).map(|(name, operation)| Selected {
        name,
        kind: operation.ty,
        is_introspection: operation.ty == OperationType::Query
            && all_fields(document, operation, |name| name.starts_with("__")),
        reads_schema: !all_fields(document, operation, |name| {
            !matches!(name, "__schema" | "__type")
        }),
    }))
}

/// Returns an error if a variable has no value although its type is not nullable (GraphQL specification, section
/// 6.1.2). The error names the first such variable. Without this check, async-graphql would report the error only when
/// a resolver reads the variable.
pub(super) fn missing_variable(
    document: &ExecutableDocument,
    name: Option<&str>,
    variables: &Variables,
) -> Option<ServerError> {
    let (_, operation) = find(document, name)?;
    let missing = operation.variable_definitions.iter().find(|definition| {
        let definition = &definition.node;
        let value = variables.get(&definition.name.node);
        let is_null = value.is_some_and(|value| *value == Value::Null);
        let is_absent = value.is_none() && definition.default_value.is_none();
        !definition.var_type.node.nullable && (is_null || is_absent)
    })?;
    let (name, kind) = (&missing.node.name.node, &missing.node.var_type.node);
    let message = format!("the variable `${name}` of the type `{kind}` needs a value");
    Some(ServerError::new(message, Some(missing.pos)))
}

fn find<'a>(
    document: &'a ExecutableDocument,
    name: Option<&str>,
) -> Option<(Option<String>, &'a OperationDefinition)> {
    match (&document.operations, name) {
        (DocumentOperations::Single(operation), None) => Some((None, &operation.node)),
        (DocumentOperations::Single(_), Some(_)) => None,
        (DocumentOperations::Multiple(operations), name) => {
            let mut all = operations.iter();
            let (found, operation) = match name {
                Some(name) => all.find(|(other, _)| other.as_str() == name)?,
                None => all.next().filter(|_| operations.len() == 1)?,
            };
            Some((Some(found.to_string()), &operation.node))
        }
    }
}

/// Counts the selections, aliases and directives of a document, after fragments are expanded.
struct Count<'a> {
    document: &'a ExecutableDocument,
    limits: &'a Limits,
    selections: usize,
    aliases: usize,
    directives: usize,
}

impl Count<'_> {
    fn directives(&mut self, directives: &[Positioned<Directive>]) -> Result<(), Problem> {
        self.directives += directives.len();
        within("directives", self.directives, self.limits.directives)
    }

    fn selections(&mut self, set: &SelectionSet, level: usize) -> Result<(), Problem> {
        let what = "levels of nested fields and fragments";
        within(what, level, self.limits.recursion)?;
        for selection in &set.items {
            self.selections += 1;
            within("selections", self.selections, MAX_SELECTIONS)?;
            self.directives(selection.node.directives())?;
            if let Selection::Field(field) = &selection.node {
                self.aliases += usize::from(field.node.alias.is_some());
                within("aliases", self.aliases, self.limits.aliases)?;
            }
            if let Some(set) = children(self.document, &selection.node) {
                self.selections(set, level + 1)?;
            }
        }
        Ok(())
    }
}

fn within(what: &str, count: usize, limit: usize) -> Result<(), Problem> {
    match count > limit {
        true => Err(exceeded(what, limit)),
        false => Ok(()),
    }
}

/// Returns the selections inside a field or a fragment.
fn children<'a>(
    document: &'a ExecutableDocument,
    selection: &'a Selection,
) -> Option<&'a SelectionSet> {
    match selection {
        Selection::Field(field) => Some(&field.node.selection_set.node),
        Selection::InlineFragment(fragment) => Some(&fragment.node.selection_set.node),
        Selection::FragmentSpread(spread) => {
            let fragment = document.fragments.get(&spread.node.fragment_name.node)?;
            Some(&fragment.node.selection_set.node)
        }
    }
}

/// Returns whether `test` is true for the names of all root fields.
fn all_fields(
    document: &ExecutableDocument,
    operation: &OperationDefinition,
    test: impl Fn(&str) -> bool,
) -> bool {
    fn all(document: &ExecutableDocument, set: &SelectionSet, test: &dyn Fn(&str) -> bool) -> bool {
        set.items.iter().all(|selection| match &selection.node {
            Selection::Field(field) => test(&field.node.name.node),
            other => children(document, other).is_none_or(|set| all(document, set, test)),
        })
    }
    all(document, &operation.selection_set.node, &test)
}
