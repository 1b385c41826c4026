"""Removes generated inputs that HTTP cannot represent."""

import schemathesis


def is_empty(value):
    """Reports whether a query parameter is an empty object or list.

    A query string contains an empty text for such a value, and an empty text means that the parameter is absent.
    """
    return value in ({}, [])


@schemathesis.hook
def filter_query(context, query):
    return not query or not any(is_empty(value) for value in query.values())
