"""Makes vectors.json: shares of a secret with fixed coefficients, by arithmetic
of another kind (logarithm tables over the generator 3) in another language."""
import json, os

EXP, LOG = [0] * 255, [0] * 256
x = 1
for i in range(255):
    EXP[i], LOG[x] = x, i
    x ^= (x << 1) ^ (0x11B if x & 0x80 else 0)


def mul(a, b):
    return 0 if a == 0 or b == 0 else EXP[(LOG[a] + LOG[b]) % 255]


def share(secret, coefficients, k, at):
    out = []
    for i, s in enumerate(secret):
        poly = [s] + coefficients[i * (k - 1):(i + 1) * (k - 1)]
        y, power = 0, 1
        for c in poly:
            y ^= mul(c, power)
            power = mul(power, at)
        out.append(y)
    return bytes(out).hex()


vectors = []
for n, k, secret in [(2, 2, b"\x00\xff"), (5, 3, bytes(range(32))), (255, 7, b"entrusted"), (9, 9, b"\x80" * 5)]:
    rand = bytes((7 * i * i + 13 * i + n) % 256 for i in range(len(secret) * (k - 1)))
    vectors.append({"n": n, "k": k, "secret": secret.hex(), "random": rand.hex(),
                    "shares": [share(secret, list(rand), k, at) for at in range(1, n + 1)]})
with open(os.path.join(os.path.dirname(__file__), "vectors.json"), "w") as f:
    json.dump(vectors, f, indent=1)
    f.write("\n")
