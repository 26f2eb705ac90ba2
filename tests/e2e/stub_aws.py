#!/usr/bin/env python3
"""A stub of those who give out AWS's credentials: STS, the endpoint of a container, and an instance's metadata (IMDSv2).

stub_aws.py LOG   answers on a free port of loopback, which is its first line on stdout. It speaks the replies that AWS documents;
                  what it is asked is written to LOG, a line each: method, path, the headers that matter, the body.

The first part of the path says how it answers: /ok/… as documented, and /<fault>/… as below. No part of AWS runs here."""
import http.server
import json
import sys
import time

log = open(sys.argv[1], "a", buffering=1, encoding="utf-8")
asked = {}  # how often each path was asked

KEYS = {"AccessKeyId": "ASIASTUB", "SecretAccessKey": "stub/secret+=", "Token": "stubtoken/+==", "Expiration": "2026-11-22T12:00:00Z"}
IMDS = {"Code": "Success", "LastUpdated": "2026-11-22T06:00:00Z", "Type": "AWS-HMAC", **KEYS}
STS = """<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <AssumeRoleWithWebIdentityResult>
    <SubjectFromWebIdentityToken>repo:ada/shop</SubjectFromWebIdentityToken>
    <Audience>sts.amazonaws.com</Audience>
    <AssumedRoleUser><Arn>arn:aws:sts::123456789012:assumed-role/Demo/hotfix</Arn><AssumedRoleId>A:hotfix</AssumedRoleId></AssumedRoleUser>
    <Credentials>
      <SessionToken>{Token}</SessionToken><SecretAccessKey>{SecretAccessKey}</SecretAccessKey>
      <Expiration>{Expiration}</Expiration><AccessKeyId>{AccessKeyId}</AccessKeyId>
    </Credentials>
  </AssumeRoleWithWebIdentityResult>
  <ResponseMetadata><RequestId>ad4156e9-bce1-11e2-82e6-6b6efEXAMPLE</RequestId></ResponseMetadata>
</AssumeRoleWithWebIdentityResponse>"""
STS_ERROR = """<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>ExpiredTokenException</Code>
<Message>Token expired: current date/time 1479 must be before the expiration date/time 1478&#x202e;</Message></Error></ErrorResponse>"""


def endless():
    while True:
        yield b" " * 65536


# What a fault puts in place of the right status and body.
FAULTS = {
    "html": (200, b"<html><body><p>Sign in to the hotel's network<br></body></html>"),
    "empty": (200, b""),
    "array": (200, b"[]"),
    "cut": (200, b'{"AccessKeyId":"A","Secret'),
    "types": (200, b'{"AccessKeyId":1,"SecretAccessKey":["x"],"Token":null}'),
    "twice": (200, b'{"AccessKeyId":"A","AccessKeyId":"B","SecretAccessKey":"C"}'),
    "deep": (200, b'{"a":' * 100 + b"1" + b"}" * 100),
    "long": (200, json.dumps({**KEYS, "Token": "t" * 9000}).encode()),
    "blank": (200, json.dumps({**KEYS, "SecretAccessKey": "SECRET \n"}).encode()),
    "when": (200, json.dumps({**KEYS, "Expiration": "tomorrow"}).encode()),
    "past": (200, json.dumps({**KEYS, "Expiration": "2020-01-01T00:00:00Z"}).encode()),
    "failed": (200, b'{"Code":"AssumeRoleUnauthorizedAccess","Message":"EC2 cannot assume the role Demo."}'),
    "denied": (403, b'{"code":"AccessDenied","message":"not yours\\u001b[31m"}'),
    "broken": (500, b"oops"),
    "bomb": (200, b'<!DOCTYPE a [<!ENTITY b "SECRET">]><a>&b;</a>'),
    "huge": (200, endless),
}


class Stub(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode("utf-8", "replace")
        names = ("Authorization", "X-aws-ec2-metadata-token", "X-aws-ec2-metadata-token-ttl-seconds", "Content-Type")
        seen = [f"{n}={self.headers[n]}" for n in names if self.headers[n]]
        log.write(" ".join([self.command, self.path, *seen, body]) + "\n")
        asked[self.path] = asked.get(self.path, 0) + 1
        parts = self.path.split("/", 2)
        fault, path = (parts[1], "/" + parts[2]) if len(parts) == 3 else (parts[1], "/")
        # A fault of IMDS is one of its last answer: the token and the role come as they should.
        last = not path.startswith("/latest/") or path.endswith("/Demo")
        status, out = self.right(path, body)
        if fault in FAULTS and last:
            status, out = FAULTS[fault]
        elif fault == "once" and asked[self.path] == 1 and last:
            status, out = 503, b"not yet"
        elif fault == "elsewhere" and last:
            return self.reply(302, b"", {"Location": f"http://{self.headers['Host']}/ok{path}"})
        elif fault == "silent" and last:
            time.sleep(60)
            return None
        elif fault == "norole" and not last and self.command == "GET":
            status, out = 404, b""
        elif fault == "badrole" and not last and self.command == "GET":
            status, out = 200, b"../../user-data\n"
        elif fault == "sts-error":
            status, out = 400, STS_ERROR.encode()
        elif fault == "short":
            status, out = 200, json.dumps({**KEYS, "AccessKeyId": f"ASIA{asked[self.path]}"}).encode()
        if callable(out):
            return self.stream(out)
        return self.reply(status, out, {})

    def right(self, path, body):
        if self.command == "PUT" and path == "/latest/api/token":
            return 200, b"AQAEstub=="
        if path.startswith("/latest/"):
            if self.headers["X-aws-ec2-metadata-token"] != "AQAEstub==":
                return 401, b""
            role = path.removeprefix("/latest/meta-data/iam/security-credentials/")
            return (200, b"Demo\n") if role == "" else (200, json.dumps(IMDS).encode()) if role == "Demo" else (404, b"")
        if self.command == "POST" and "Action=AssumeRoleWithWebIdentity&" in body:
            return 200, STS.format(**KEYS).encode()
        if path == "/container":
            return 200, json.dumps({"RoleArn": "arn:aws:iam::123456789012:role/Demo", **KEYS}).encode()
        return 404, b""

    def reply(self, status, out, headers):
        self.send_response(status)
        for k, v in headers.items():
            self.send_header(k, v)
        self.send_header("Content-Length", str(len(out)))
        self.end_headers()
        self.wfile.write(out)

    def stream(self, chunks):
        self.send_response(200)
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        try:
            for chunk in chunks():
                self.wfile.write(chunk)
        except OSError:
            pass

    do_GET = do_PUT = do_POST = answer

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Stub)
server.daemon_threads = True
print(server.server_port, flush=True)
server.serve_forever()
