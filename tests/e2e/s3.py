#!/usr/bin/env python3
"""s3.py URL COMMAND [ARGUMENTS]: a small S3 client with a signer of its own, so that what hotfix put into a bucket is judged by
somebody else. Credentials come from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.

  mb BUCKET            put BUCKET/KEY FILE     get BUCKET/KEY        head BUCKET/KEY
  ls BUCKET[/PREFIX]   uploads BUCKET          policy BUCKET FILE    rm BUCKET/KEY
  many BUCKET/PREFIX N        puts N small objects
Exit status: 0, or 1 with "STATUS CODE MESSAGE" on stderr."""
import datetime
import hashlib
import hmac
import http.client
import os
import sys
import urllib.parse
import xml.etree.ElementTree as ET


class S3:
    def __init__(self, url, key=None, secret=None):
        self.host = urllib.parse.urlsplit(url).netloc
        self.key = key or os.environ["AWS_ACCESS_KEY_ID"]
        self.secret = secret or os.environ["AWS_SECRET_ACCESS_KEY"]
        self.connection = http.client.HTTPConnection(self.host, timeout=60)

    def sign(self, method, path, query, body, headers):
        now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
        scope = now[:8] + "/us-east-1/s3/aws4_request"
        digest = hashlib.sha256(body).hexdigest()
        headers = {k.lower(): v for k, v in headers.items()}
        headers.update({"host": self.host, "x-amz-date": now, "x-amz-content-sha256": digest})
        names = sorted(headers)
        canonical = "\n".join([method, path, query] + [n + ":" + headers[n] for n in names] + ["", ";".join(names), digest])
        text = "\n".join(["AWS4-HMAC-SHA256", now, scope, hashlib.sha256(canonical.encode()).hexdigest()])
        k = ("AWS4" + self.secret).encode()
        for part in [now[:8], "us-east-1", "s3", "aws4_request"]:
            k = hmac.new(k, part.encode(), hashlib.sha256).digest()
        headers["authorization"] = "AWS4-HMAC-SHA256 Credential=%s/%s, SignedHeaders=%s, Signature=%s" % (
            self.key, scope, ";".join(names), hmac.new(k, text.encode(), hashlib.sha256).hexdigest())
        return headers

    def ask(self, method, bucket, key="", query=None, body=b"", headers=None):
        """(status, headers, body); whatever the status."""
        path = "/" + urllib.parse.quote(bucket + ("/" + key if key else ""), safe="/-_.~")
        q = "&".join("%s=%s" % (urllib.parse.quote(k, safe="-_.~"), urllib.parse.quote(v, safe="-_.~"))
                     for k, v in sorted((query or {}).items()))
        self.connection.request(method, path + ("?" + q if q else ""), body or None,
                                self.sign(method, path, q, body, headers or {}))
        r = self.connection.getresponse()
        return r.status, {k.lower(): v for k, v in r.getheaders()}, r.read()

    def do(self, *args, **kw):
        status, headers, body = self.ask(*args, **kw)
        if status >= 300:
            code = message = ""
            if body:
                root = ET.fromstring(body)
                code, message = root.findtext("Code") or "", root.findtext("Message") or ""
            sys.exit("%d %s %s" % (status, code, message))
        return headers, body

    def keys(self, bucket, prefix=""):
        token, found = None, []
        while True:
            query = {"list-type": "2", "prefix": prefix}
            if token:
                query["continuation-token"] = token
            root = ET.fromstring(self.do("GET", bucket, query=query)[1])
            ns = root.tag[:root.tag.index("}") + 1] if "}" in root.tag else ""
            found += [c.findtext(ns + "Key") for c in root.iter(ns + "Contents")]
            token = root.findtext(ns + "NextContinuationToken")
            if not token:
                return found


def main(url, command, *args):
    s = S3(url)
    bucket, _, key = args[0].partition("/")
    if command == "mb":
        s.do("PUT", bucket)
    elif command == "put":
        s.do("PUT", bucket, key, body=open(args[1], "rb").read())
    elif command == "many":
        for i in range(int(args[1])):
            s.do("PUT", bucket, "%s%04d" % (key, i), body=b"%d" % i)
    elif command == "get":
        sys.stdout.buffer.write(s.do("GET", bucket, key)[1])
    elif command == "head":
        for k, v in sorted(s.do("HEAD", bucket, key)[0].items()):
            print("%s: %s" % (k, v))
    elif command == "ls":
        print(*s.keys(bucket, key), sep="\n")
    elif command == "uploads":
        root = ET.fromstring(s.do("GET", bucket, query={"uploads": ""})[1])
        print(*[e.text for e in root.iter() if e.tag.endswith("UploadId")], sep="\n")
    elif command == "policy":
        s.do("PUT", bucket, query={"policy": ""}, body=open(args[1], "rb").read())
    elif command == "rm":
        s.do("DELETE", bucket, key)
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main(*sys.argv[1:])
