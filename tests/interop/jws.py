"""Cuts a manifest's first signature into what was signed and the signature. usage: jws.py MANIFEST INPUT SIGNATURE PAYLOAD"""
import base64
import json
import sys


def decode(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


with open(sys.argv[1], "rb") as f:
    jws = json.load(f)
first = jws["signatures"][0]
for path, data in zip(sys.argv[2:], [
    (first["protected"] + "." + jws["payload"]).encode(),
    decode(first["signature"]),
    decode(jws["payload"]),
]):
    with open(path, "wb") as f:
        f.write(data)
