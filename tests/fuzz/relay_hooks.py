"""Drops generated inputs that cannot be sent over HTTP."""

import schemathesis

FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")


def is_empty(value):
    """Returns whether the value of a query parameter is an empty object or list.

    Schemathesis sends an empty text for such a value. For the server, an empty text means that the parameter is absent.
    """
    return value in ({}, [])


@schemathesis.hook
def filter_query(context, query):
    return not query or not any(is_empty(value) for value in query.values())


@schemathesis.hook
def filter_case(context, case):
    """Drops a form in which a text field or a list has another type.

    A form contains texts, so the server receives the text of the value, which matches the schema. A list of one text and
    a text are sent in the same way.
    """
    if case.media_type not in FORMS or not isinstance(case.body, dict):
        return True
    content = case.operation.definition.raw["requestBody"]["content"]
    schema = content.get(case.media_type, {}).get("schema", {})
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        schema = case.operation.schema.raw_schema["components"]["schemas"][name]
    fields = schema.get("properties", {})
    texts = (name for name, schema in fields.items() if schema.get("type") == "string")
    lists = (name for name, schema in fields.items() if schema.get("type") == "array")
    return all(
        isinstance(case.body.get(name, ""), (str, bytes, list)) for name in texts
    ) and all(isinstance(case.body.get(name, []), list) for name in lists)
