"""python3-jwcrypto reads a token with a key set: prints its claims, or fails."""
import json
import sys

from jwcrypto import jwk, jwt

question = json.load(sys.stdin)
keys = jwk.JWKSet.from_json(json.dumps(question["keys"]))
token = jwt.JWT(jwt=question["token"], key=keys, algs=["ES256"], check_claims={"iss": question["issuer"], "exp": None})
print(token.claims)
