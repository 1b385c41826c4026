"""Tests version 1 of the official Svix SDK for Python against a running Relay (environment variables RELAY_URL and RELAY_KEY).

Tests only requests and responses that differ from those of later versions. Prints each step. If a step fails, the run
ends with a traceback and the exit status 1.
"""

import os
import uuid
from datetime import datetime, timedelta, timezone

from support import Receiver, rejected, step
from svix.api import (
    ApplicationIn,
    ApplicationPatch,
    EndpointIn,
    EndpointPatch,
    EndpointUpdate,
    MessageAttemptListByEndpointOptions,
    MessageIn,
    MessageListOptions,
    Svix,
    SvixOptions,
)
from svix.api.message import message_in_raw
from svix.exceptions import HTTPValidationError
from svix.webhooks import Webhook


def main():
    svix = Svix(os.environ["RELAY_KEY"], SvixOptions(server_url=os.environ["RELAY_URL"]))
    receiver = Receiver()

    step("application.create and application.get")
    uid = f"python-1-{uuid.uuid4()}"
    app = svix.application.create(ApplicationIn(name="Python 1", uid=uid, rate_limit=9))
    assert (app.uid, app.rate_limit) == (uid, 9), app
    assert svix.application.get(uid) == app

    step("endpoint.create, endpoint.get and endpoint.list: filter_types, version and rate_limit")
    new = EndpointIn(url=receiver.url("/some"), uid="some", filter_types=["a", "b"], version=1)
    some = svix.endpoint.create(app.id, new)
    assert (some.filter_types, some.version, some.rate_limit) == (["a", "b"], 1, None), some
    every = svix.endpoint.create(app.id, EndpointIn(url=receiver.url("/every"), version=1))
    assert not every.filter_types and every.version == 1, every
    assert svix.endpoint.get(app.id, "some") == some
    assert [item.id for item in svix.endpoint.list(app.id).data] == [every.id, some.id]
    rejected(HTTPValidationError, 422, lambda: svix.endpoint.create(app.id, EndpointIn(url=receiver.url("/"), filter_types=[], version=1)))

    step("application.update, application.patch, endpoint.update and endpoint.patch")
    app = svix.application.update(app.id, ApplicationIn(name="Changed", uid=uid, rate_limit=900))
    assert (app.name, app.rate_limit) == ("Changed", 900), app
    assert svix.application.patch(app.id, ApplicationPatch(rate_limit=None)).rate_limit is None
    update = EndpointUpdate(url=receiver.url("/some"), uid="some", filter_types=["a"], version=2, rate_limit=900)
    some = svix.endpoint.update(app.id, some.id, update)
    assert (some.filter_types, some.rate_limit, some.disabled) == (["a"], 900, False), some
    patch = EndpointPatch(filter_types=["a", "b"], rate_limit=None, version=3)
    some = svix.endpoint.patch(app.id, some.id, patch)
    assert (some.filter_types, some.rate_limit, some.uid) == (["a", "b"], None, "some"), some

    step("message.create: an endpoint gets only messages of its filter_types")
    sent = {name: svix.message.create(app.id, MessageIn(event_type=name, payload={"n": name})) for name in "cab"}
    secrets = {"/some": svix.endpoint.get_secret(app.id, some.id).key, "/every": svix.endpoint.get_secret(app.id, every.id).key}
    for path, events in (("/every", {"a", "b", "c"}), ("/some", {"a", "b"})):
        webhook = Webhook(secrets[path])
        got = {
            webhook.verify(body, {name.lower(): value for name, value in headers.items()})["n"]
            for headers, body in receiver.wait_for(path, len(events))
        }
        assert got == events, got

    step("a raw payload is rejected, and not delivered as an empty object")
    rejected(HTTPValidationError, 422, lambda: svix.message.create(app.id, message_in_raw("a", "<xml/>", "text/xml")))

    step("message.list with event_types, before and after")
    listed = svix.message.list(app.id, MessageListOptions(event_types=["a", "c"]))
    assert [item.id for item in listed.data] == [sent["a"].id, sent["c"].id], listed
    now = datetime.now(timezone.utc)
    for options, count in (
        (MessageListOptions(before=now + timedelta(hours=1)), 3),
        (MessageListOptions(after=now + timedelta(hours=1)), 0),
    ):
        assert len(svix.message.list(app.id, options).data) == count, options

    step("message_attempt.list_by_endpoint from an id, forwards and backwards")

    def attempts(iterator=None):
        options = MessageAttemptListByEndpointOptions(iterator=iterator)
        return [item.id for item in svix.message_attempt.list_by_endpoint(app.id, every.id, options).data]

    ids = attempts()
    while len(ids) < 3:
        ids = attempts()
    assert attempts(ids[0]) == ids[1:]
    assert attempts(f"-{ids[2]}") == ids[:2]

    svix.application.delete(app.id)
    print("ok")


if __name__ == "__main__":
    main()
