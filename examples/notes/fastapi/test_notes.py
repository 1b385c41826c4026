"""Tests of the API."""

import os
import tempfile

FOLDER = tempfile.mkdtemp()
os.environ["NOTES_DATABASE"] = f"sqlite+aiosqlite:///{FOLDER}/notes.db"
os.environ["NOTES_FILES"] = f"{FOLDER}/files"

from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

import attachments
import database
import feed
import quotas
from main import app
from settings import settings

PASSWORD = "correct horse battery staple"
SCOPES = ["notes:read", "notes:write"]


@pytest.fixture(scope="module")
def client():
    with TestClient(app) as client:
        token = sign_up(client, "ada@example.com", SCOPES)
        client.headers["Authorization"] = f"Bearer {token}"
        yield client


def sign_up(client, email, scopes):
    account = {"email": email, "password": PASSWORD}
    assert client.post("/accounts", json=account).status_code == 201
    token = client.post("/tokens", json=account | {"scopes": scopes})
    assert token.status_code == 201
    return token.json()["token"]


def test_an_email_address_has_one_account(client):
    again = {"email": "ADA@example.com", "password": PASSWORD}
    assert client.post("/accounts", json=again).status_code == 409
    assert client.get("/account").json()["email"] == "ada@example.com"


def test_a_token_allows_only_its_scopes(client):
    token = sign_up(client, "bob@example.com", ["notes:read"])
    headers = {"Authorization": f"Bearer {token}"}
    assert client.get("/notes", headers=headers).status_code == 200
    note = {"title": "Tea"}
    assert client.post("/notes", headers=headers, json=note).status_code == 403


def test_a_note_is_created_changed_and_deleted(client):
    created = client.post("/notes", json={"title": "Tea", "tags": ["shop"]})
    assert created.status_code == 201, created.text
    path = created.headers["location"]
    change = {"text": "Green"}
    assert client.patch(path, json=change).status_code == 428
    for tag, status in [('"7"', 412), ('"1"', 200), ('"1"', 412)]:
        changed = client.patch(path, json=change, headers={"If-Match": tag})
        assert changed.status_code == status, changed.text
    headers = {"If-None-Match": '"2"'}
    assert client.get(path, headers=headers).status_code == 304
    at = {"at": "2026-01-01T00:00:00Z"}
    assert client.put(f"{path}/reminder", json=at).status_code == 204
    assert client.get(path).json()["remind_at"] is not None
    assert client.delete(path).status_code == 204
    missing = client.get(path)
    assert missing.status_code == 404
    assert missing.headers["content-type"] == "application/problem+json"
    invalid = client.post("/notes", json={"title": "", "tags": [""]}).json()
    pointers = [error["pointer"] for error in invalid["errors"]]
    assert pointers == ["/title", "/tags/0"]


def test_pages_have_the_newest_notes_first(client):
    for number in range(3):
        client.post("/notes", json={"title": str(number), "tags": ["page"]})
    params = {"limit": 2, "tag": "page"}
    first = client.get("/notes", params=params).json()
    assert [note["title"] for note in first["items"]] == ["2", "1"]
    next_page = client.get("/notes", params=params | {"cursor": first["next"]}).json()
    assert [note["title"] for note in next_page["items"]] == ["0"]


def test_a_note_is_created_once_for_a_key(client):
    headers = {"Idempotency-Key": "k1"}
    first = client.post("/notes", json={"title": "Once"}, headers=headers)
    again = client.post("/notes", json={"title": "Once"}, headers=headers)
    assert again.status_code == 201 and again.json() == first.json()
    assert again.headers["idempotent-replayed"] == "true"
    other = client.post("/notes", json={"title": "Other"}, headers=headers)
    assert other.status_code == 422


def test_a_file_is_attached_and_downloaded(client):
    path = client.post("/notes", json={"title": "Tea"}).headers["location"]
    created = client.post(
        f"{path}/attachments",
        data={"description": "A leaf"},
        files={"file": ("leaf.png", b"0123456789", "image/png")},
    )
    assert created.status_code == 201, created.text
    file = created.headers["location"]
    part = client.get(file, headers={"Range": "bytes=-3"})
    assert (part.status_code, part.content) == (206, b"789")
    assert len(list(settings.files.iterdir())) == 1
    over = {"file": ("a", b"0" * 1_000_001)}
    over = client.post(f"{path}/attachments", data={"description": ""}, files=over)
    assert over.status_code == 422
    assert client.delete(path).status_code == 204
    client.portal.call(attachments.delete_files)
    assert list(settings.files.iterdir()) == []


def test_the_sign_ins_of_an_account_are_limited(client, monkeypatch):
    monkeypatch.setattr(quotas, "time", lambda: 0.0)
    monkeypatch.setattr(settings, "client_address_header", "x-address")
    monkeypatch.setattr(settings, "sign_ins_per_minute", 1000)
    sign_up(client, "eve@example.com", SCOPES)
    monkeypatch.setattr(settings, "sign_ins_per_minute", 2)
    account = {"email": "Eve@example.com", "password": "wrong", "scopes": SCOPES}
    statuses = []
    for address in range(3):
        headers = {"X-Address": str(address)}
        tried = client.post("/tokens", json=account, headers=headers)
        statuses.append(tried.status_code)
    assert statuses == [401, 429, 429]
    for status in [409, 409, 429]:
        headers = {"X-Address": "the same"}
        again = {"email": "eve@example.com", "password": PASSWORD}
        again = client.post("/accounts", json=again, headers=headers)
        assert again.status_code == status


def test_a_feed_ends_when_newer_feeds_replace_it(client, monkeypatch):
    monkeypatch.setattr(settings, "feeds_per_account", 1)
    monkeypatch.setattr(feed, "CHECK", 0.1)
    monkeypatch.setattr(settings, "feed_interval", timedelta(seconds=0.01))

    async def first_events():
        async with database.new_session() as db:
            caller = await db.scalar(select(database.Token))
        feeds = [feed.follow_notes(caller, "0") for _ in range(2)]
        first = [await anext(events) for events in feeds]
        # The first feed ends, because the second has replaced it.
        return first + [event async for event in feeds[0]]

    events = client.portal.call(first_events)
    assert [event.event for event in events[:2]] == ["created", "created"]


def test_the_document_is_built(client):
    assert "/notes/events" in client.get("/openapi.json").json()["paths"]
    assert client.get("/readyz").json() == {"status": "ok"}
