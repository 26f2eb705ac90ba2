#!/usr/bin/env python3
"""What somebody makes who has the key but not our programs, or our programs but not the key; written from the formats alone.

forge.py token KEYFILE EXPIRY APP OBJECT-KEY     a download token, signed with the first key of the file
forge.py manifest KEY.pem [--header JSON] [--text OLD NEW]
        reads an envelope on stdin, changes its payload (a text) or its protected header, and signs it anew"""
import base64
import hashlib
import hmac
import json
import subprocess
import sys
import tempfile


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(s):
    return base64.urlsafe_b64decode(s + "=" * (-len(s) % 4))


def token(keyfile, expiry, app, key):
    secret = open(keyfile, "rb").read().split(b"\n")[0].strip()
    app, key = app.encode(), key.encode()
    body = (b"\x01" + hashlib.sha256(b"hotfix-url-id\0" + secret).digest()[:4] + int(expiry).to_bytes(8, "big") +
            bytes([len(app)]) + app + bytes([len(key)]) + key)
    print(b64(body) + "." + b64(hmac.new(secret, b"hotfix-url\0" + body, "sha256").digest()))


def manifest(pem, args):
    envelope = json.load(sys.stdin)
    payload = unb64(envelope["payload"]).decode()
    header = unb64(envelope["signatures"][0]["protected"]).decode()
    while args:
        if args[0] == "--header":
            header = args[1].replace("KID", json.loads(header)["kid"])
            args = args[2:]
        else:
            assert payload.count(args[1]) > 0, args[1]
            payload = payload.replace(args[1], args[2], 1)
            args = args[3:]
    p, h = b64(payload.encode()), b64(header.encode())
    with tempfile.NamedTemporaryFile() as f:
        f.write((h + "." + p).encode())
        f.flush()
        sig = subprocess.run(["openssl", "pkeyutl", "-sign", "-inkey", pem, "-rawin", "-in", f.name], check=True,
                             stdout=subprocess.PIPE).stdout
    json.dump({"payload": p, "signatures": [{"protected": h, "signature": b64(sig)}]}, sys.stdout, separators=(",", ":"))


token(*sys.argv[2:]) if sys.argv[1] == "token" else manifest(sys.argv[2], sys.argv[3:])
