"""Checks the errors of a GraphQL endpoint.

A schema cannot express every rule. So an operation that matches the schema may be over a limit, or a field may fail with
a problem such as a 404. The checks of schemathesis fail for such errors, so these checks replace them.
"""

import graphql
import schemathesis

# The arguments of a connection, with the kinds of their valid values.
ARGUMENTS = {"first": "int_value", "after": "string_value", "last": "int_value", "before": "string_value"}


def is_valid(argument):
    kind = argument.value.kind
    if kind == "int_value" and abs(int(argument.value.value)) >= 2**31:
        return False
    return kind in ("null_value", ARGUMENTS.get(argument.name.value))


class OneDirection(graphql.Visitor):
    """Removes all arguments of connections except `first`.

    Almost every operation has all arguments, but a connection accepts only one direction. If an argument is not valid,
    no argument is removed, because the endpoint has to reject the operation.
    """

    def enter_field(self, node, *_):
        first = tuple(argument for argument in node.arguments if argument.name.value == "first")
        if first and first[0].value.kind == "int_value" and all(map(is_valid, node.arguments)):
            return graphql.FieldNode(**{key: getattr(node, key) for key in node.keys} | {"arguments": first})


@schemathesis.hook
def map_body(context, document):
    return graphql.visit(document, OneDirection())


@schemathesis.check
def the_server_does_not_fail(ctx, response, case):
    """Replaces `not_a_server_error`, which fails for every error of a field.

    The error of a field has the status of a problem. Only the errors of async-graphql's validators have no status.
    """
    assert response.status_code < 500, response.text
    for error in response.json().get("errors", []):
        status = error.get("extensions", {}).get("status")
        is_of_validator = "path" not in error or error["message"].startswith("Failed to parse ")
        assert is_of_validator if status is None else status < 500, error


@schemathesis.check
def a_valid_operation_runs(ctx, response, case):
    """Replaces `positive_data_acceptance`, which also fails for an operation over a limit."""
    if case.meta.generation.mode.is_negative:
        return
    for error in response.json().get("errors", []):
        is_over_limit = error.get("extensions", {}).get("code") == "graphql_limit_exceeded"
        assert "path" in error or is_over_limit, error
