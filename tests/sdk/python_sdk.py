"""Tests the official Svix SDK for Python against a running Relay (environment variables RELAY_URL and RELAY_KEY).

Prints each step. If a step fails, the run ends with a traceback and the exit status 1.
"""

import os
import time
import uuid

from standardwebhooks import Webhook, WebhookVerificationError
from support import SOON, Receiver, rejected, step
from svix.api import (
    ApplicationIn,
    ApplicationListOptions,
    ApplicationPatch,
    EndpointIn,
    EndpointListOptions,
    EndpointPatch,
    EndpointUpsertIn,
    MessageAttemptListByEndpointOptions,
    MessageAttemptListByMsgOptions,
    MessageCreateOptions,
    MessageGetOptions,
    MessageIn,
    MessageListOptions,
    Ordering,
    Svix,
    SvixOptions,
)
from svix.exceptions import HttpError, HTTPValidationError

URL = os.environ["RELAY_URL"]
KEY = os.environ["RELAY_KEY"]
MANY = 250


def eventually(what, probe):
    deadline = time.monotonic() + SOON
    while time.monotonic() < deadline:
        if found := probe():
            return found
        time.sleep(0.1)
    raise AssertionError(f"{what}: not within {SOON} s")


def applications(svix):
    uid = f"python-{uuid.uuid4()}"
    step("application.create")
    app = svix.application.create(ApplicationIn(name="Python", uid=uid, metadata={"k": "v"}))
    assert (app.name, app.uid, app.metadata) == ("Python", uid, {"k": "v"}), app
    assert app.created_at.tzinfo and app.updated_at.tzinfo, app

    step("application.get, by id and by uid")
    assert svix.application.get(app.id) == app == svix.application.get(uid)

    step("application.get_or_create, with an existing and a new uid")
    assert svix.application.get_or_create(ApplicationIn(name="Another", uid=uid)) == app
    new = svix.application.get_or_create(ApplicationIn(name="New", uid=f"{uid}-new"))
    assert new.id != app.id and new.uid == f"{uid}-new", new

    step("application.list, page by page")
    options = ApplicationListOptions(limit=2, order=Ordering.DESCENDING)
    seen, page = [], svix.application.list(options)
    while True:
        seen += [item.id for item in page.data]
        if page.done:
            break
        options.iterator = page.iterator
        page = svix.application.list(options)
    assert seen.count(app.id) == seen.count(new.id) == 1, seen

    step("application.upsert of an existing and of a new application, and application.patch")
    changed = svix.application.upsert(new.id, ApplicationIn(name="Changed", uid=f"{uid}-new"))
    assert (changed.id, changed.name) == (new.id, "Changed"), changed
    upserted = svix.application.upsert(f"{uid}-up", ApplicationIn(name="Up", uid=f"{uid}-up"))
    patch = ApplicationPatch(uid=None, throttle_rate=9, metadata={"a": "b"})
    patched = svix.application.patch(f"{uid}-up", patch)
    assert patched.id == upserted.id and patched.uid is None, patched
    assert (patched.name, patched.throttle_rate, patched.metadata) == ("Up", 9, {"a": "b"}), patched
    svix.application.delete(upserted.id)

    step("application.delete")
    assert svix.application.delete(new.id) is None
    rejected(HttpError, 404, lambda: svix.application.get(new.id))
    return app


def endpoints(svix, app, receiver):
    step("endpoint.create")
    steady = svix.endpoint.create(
        app.id, EndpointIn(url=receiver.url("/steady"), uid="steady", description="Never fails")
    )
    assert (steady.uid, steady.description) == ("steady", "Never fails"), steady
    flaky = svix.endpoint.create(
        app.id, EndpointIn(url=receiver.url("/flaky"), event_types=["flaky.event", "steady.event"])
    )
    assert sorted(flaky.event_types) == ["flaky.event", "steady.event"], flaky
    spare = svix.endpoint.create(app.id, EndpointIn(url=receiver.url("/spare"), channels=["spare"]))

    step("endpoint.get, by id and by uid")
    assert svix.endpoint.get(app.id, steady.id) == steady == svix.endpoint.get(app.uid, "steady")

    step("endpoint.list")
    listed = svix.endpoint.list(app.id, EndpointListOptions(order=Ordering.ASCENDING))
    assert {item.id for item in listed.data} == {steady.id, flaky.id, spare.id}, listed
    assert listed.done

    step("endpoint.patch and endpoint.upsert")
    patch = EndpointPatch(disabled=True, description="patched", channels=None)
    patched = svix.endpoint.patch(app.id, spare.id, patch)
    assert (patched.disabled, patched.description, patched.channels) == (True, "patched", None), patched
    assert (patched.id, patched.url) == (spare.id, spare.url), patched
    new = EndpointUpsertIn(url=receiver.url("/other"), uid="upserted", event_types=["other"])
    replaced = svix.endpoint.upsert(app.id, spare.id, new)
    assert (replaced.id, replaced.uid, replaced.description) == (spare.id, "upserted", ""), replaced
    assert (replaced.disabled, replaced.event_types) == (False, ["other"]), replaced
    assert svix.endpoint.upsert(app.id, "upserted", new).id == spare.id
    taken = EndpointPatch(uid="steady")
    rejected(HttpError, 409, lambda: svix.endpoint.patch(app.id, spare.id, taken))

    step("endpoint.delete")
    assert svix.endpoint.delete(app.id, spare.id) is None
    rejected(HttpError, 404, lambda: svix.endpoint.get(app.id, spare.id))

    step("endpoint.get_secret")
    secrets = [svix.endpoint.get_secret(app.id, item.id).key for item in (steady, flaky)]
    assert all(secret.startswith("whsec_") for secret in secrets), secrets
    return steady, flaky, secrets


def verify(secret, headers, body):
    """Checks that the Standard Webhooks library accepts the delivery, but not a changed body. Returns the payload."""
    payload = Webhook(secret).verify(body, headers)
    try:
        Webhook(secret).verify(body + b" ", headers)
    except WebhookVerificationError:
        return payload
    raise AssertionError("the library accepted a changed body")


def messages(svix, app, receiver, steady, flaky, secrets):
    step("message.create: the receiver gets the message, and the library verifies the signature")
    payload = {"hello": "Žluťoučký 🦀", "big": 9007199254740993, "list": [1.5, None, {}]}
    new = MessageIn(event_type="plain.event", payload=payload, event_id="event-1")
    sent = svix.message.create(app.id, new)
    assert (sent.event_type, sent.event_id, sent.payload) == ("plain.event", "event-1", {}), sent
    [(headers, body)] = receiver.wait_for("/steady", 1)
    assert verify(secrets[0], headers, body) == payload
    assert {k.lower(): v for k, v in headers.items()}["webhook-id"] == sent.id

    step("message.create with an idempotency key, twice")
    options = MessageCreateOptions(idempotency_key=str(uuid.uuid4()), with_content=True)
    again = MessageIn(event_type="plain.event", payload={"n": 1})
    first = svix.message.create(app.id, again, options)
    assert first.payload == {"n": 1}, first
    assert svix.message.create(app.id, again, options) == first
    other = MessageIn(event_type="plain.event", payload={"n": 2})
    rejected(HTTPValidationError, 422, lambda: svix.message.create(app.id, other, options))

    step("message.get and message.list, with content and without")
    assert svix.message.get(app.id, sent.id).payload == {}
    assert svix.message.get(app.id, sent.id, MessageGetOptions(with_content=True)).payload == payload
    listed = svix.message.list(app.id, MessageListOptions(with_content=True, limit=MANY))
    assert {item.id for item in listed.data} == {sent.id, first.id}, listed
    typed = svix.message.list(app.id, MessageListOptions(event_types=["plain.event", "b"]))
    assert [item.id for item in typed.data] == [item.id for item in listed.data], typed


def attempts(svix, app, receiver, flaky, secret):
    step("a receiver that returns 500 twice gets three attempts with one id")
    sent = svix.message.create(app.id, MessageIn(event_type="flaky.event", payload={"try": 3}))
    for headers, body in receiver.wait_for("/flaky", 3):
        assert verify(secret, headers, body) == {"try": 3}
        assert {k.lower(): v for k, v in headers.items()}["webhook-id"] == sent.id

    step("message_attempt.list_by_msg")
    options = MessageAttemptListByMsgOptions(endpoint_id=flaky.id, with_content=True)

    def three():
        listed = svix.message_attempt.list_by_msg(app.id, sent.id, options).data
        return len(listed) == 3 and sorted(listed, key=lambda attempt: attempt.timestamp)

    tried = eventually("three attempts", three)
    assert [attempt.status for attempt in tried] == [2, 2, 0], tried
    assert [attempt.response_status_code for attempt in tried] == [500, 500, 200], tried
    assert [attempt.response for attempt in tried] == [f"attempt {n}" for n in (1, 2, 3)], tried
    assert {attempt.msg_id for attempt in tried} == {sent.id}, tried

    step("message_attempt.list_by_endpoint")
    by_endpoint = svix.message_attempt.list_by_endpoint(
        app.id, flaky.id, MessageAttemptListByEndpointOptions(with_content=True, limit=MANY)
    )
    assert {attempt.id for attempt in by_endpoint.data} == {attempt.id for attempt in tried}
    bare = svix.message_attempt.list_by_endpoint(app.id, flaky.id).data
    assert {attempt.response for attempt in bare} == {""}, bare


def errors(svix, app):
    step("404, 409 and 401 decode as HttpError with code and detail")
    new = ApplicationIn(name="Taken", uid=app.uid)
    unauthorized = Svix("wrong", SvixOptions(server_url=URL))
    for status, call in (
        (404, lambda: svix.application.get("app_nothing")),
        (409, lambda: svix.application.create(new)),
        (401, lambda: unauthorized.application.list()),
    ):
        error = rejected(HttpError, status, call)
        assert error.code and isinstance(error.code, str), error
        assert error.detail and isinstance(error.detail, str), error
        assert error["status"] == status, error.additional_properties

    step("422 decodes as HTTPValidationError")
    invalid = EndpointIn(url="ftp://example.com/", uid="a b", event_types=[])
    error = rejected(HTTPValidationError, 422, lambda: svix.endpoint.create(app.id, invalid))
    pointers = {item["pointer"] for item in error["errors"]}
    assert pointers == {"/url", "/uid", "/eventTypes"}, error.additional_properties


def main():
    receiver = Receiver()
    svix = Svix(KEY, SvixOptions(server_url=URL))
    app = applications(svix)
    steady, flaky, secrets = endpoints(svix, app, receiver)
    messages(svix, app, receiver, steady, flaky, secrets)
    attempts(svix, app, receiver, flaky, secrets[1])
    errors(svix, app)
    svix.application.delete(app.id)
    print("ok")


if __name__ == "__main__":
    main()
