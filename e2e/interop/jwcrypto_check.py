"""python3-jwcrypto reads a token with a key set: prints its claims, or fails."""
import base64
import json
import sys

from jwcrypto import jwk, jwt

question = json.load(sys.stdin)
keys = jwk.JWKSet.from_json(json.dumps(question["keys"]))
claims = {"iss": question["issuer"]}
if '"exp"' in base64.urlsafe_b64decode(question["token"].split(".")[1] + "==").decode():  # events have no end (RFC 8417)
    claims["exp"] = None
token = jwt.JWT(jwt=question["token"], key=keys, algs=["ES256"], check_claims=claims)
print(token.claims)
