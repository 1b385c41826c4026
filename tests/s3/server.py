"""An S3-compatible server for tests, with an empty bucket `files`: moto, which stores the objects, behind a check of the
signatures, which moto does not check. botocore, the library of Amazon's own clients, calculates each signature.

    python tests/s3/server.py PORT
"""

import sys
from datetime import datetime, timedelta, timezone
from urllib.parse import parse_qsl, urlsplit

from botocore.auth import S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from moto.moto_server.werkzeug_app import create_backend_app
from moto.s3.models import s3_backends
from werkzeug.serving import run_simple

KEY, SECRET, REGION, BUCKET = "the-id", "the-secret", "eu-test-1", "files"


def rejection(environ):
    """Returns the code of the error of a request whose signature is wrong."""
    url = environ["REQUEST_URI"]
    query = dict(parse_qsl(urlsplit(url).query, keep_blank_values=True))
    signature = query.get("X-Amz-Signature")
    if signature is None:
        return "AccessDenied"
    credential = query["X-Amz-Credential"].split("/")
    if credential[0] != KEY:
        return "InvalidAccessKeyId"
    signed = datetime.strptime(query["X-Amz-Date"], "%Y%m%dT%H%M%SZ")
    age = datetime.now(timezone.utc) - signed.replace(tzinfo=timezone.utc)
    if not timedelta(minutes=-15) < age < timedelta(seconds=int(query["X-Amz-Expires"])):
        return "RequestExpired"
    headers = {}
    for name in query["X-Amz-SignedHeaders"].split(";"):
        key = name.upper().replace("-", "_")
        headers[name] = environ.get(key if key.startswith("CONTENT_") else f"HTTP_{key}")
    unsigned = "&".join(
        pair for pair in urlsplit(url).query.split("&") if not pair.startswith("X-Amz-Signature=")
    )
    url = f"http://{environ['HTTP_HOST']}{urlsplit(url).path}?{unsigned}"
    request = AWSRequest(environ["REQUEST_METHOD"], url, headers)
    request.context["timestamp"] = query["X-Amz-Date"]
    auth = S3SigV4QueryAuth(Credentials(KEY, SECRET), "s3", REGION)
    text = auth.string_to_sign(request, auth.canonical_request(request))
    if auth.signature(text, request) != signature:
        return "SignatureDoesNotMatch"
    return None


def checked(app):
    def respond(environ, start_response):
        code = rejection(environ)
        if code is None:
            return app(environ, start_response)
        start_response("403 Forbidden", [("Content-Type", "application/xml")])
        return [f"<Error><Code>{code}</Code><Message>Wrong.</Message></Error>".encode()]

    return respond


s3_backends["123456789012"]["aws"].create_bucket(BUCKET, REGION)
moto = create_backend_app("s3")
run_simple("127.0.0.1", int(sys.argv[1]), checked(moto), threaded=True)
