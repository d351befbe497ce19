// Speaks for @sd-jwt/sd-jwt-vc: one question on standard input, one answer out.
//   {"do":"verify","compact","issuer":JWK,"status":JWK,"list":jwt,"nonce","now"}  -> {"claims"}
//   {"do":"present","compact","key":JWK,"show":[…],"nonce","audience","now"}       -> {"compact"}
//   {"do":"issue","key":JWK,"holder":JWK,"claims","hide":[…],"now"}               -> {"compact"}
import { createHash, createPublicKey, createPrivateKey, sign, verify, randomBytes } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { SDJwtVcInstance } from '@sd-jwt/sd-jwt-vc';

const ask = JSON.parse(await text(process.stdin));
const b64 = (b) => Buffer.from(b).toString('base64url');
const checker = (jwk) => {
  const key = createPublicKey({ key: jwk, format: 'jwk' });
  return (data, sig) => verify('sha256', Buffer.from(data), { key, dsaEncoding: 'ieee-p1363' }, Buffer.from(sig, 'base64url'));
};
const config = {
  hasher: (data, alg) => createHash(alg.replace('-', '')).update(data).digest(),
  hashAlg: 'sha-256',
  saltGenerator: () => b64(randomBytes(16)),
};

async function check() {
  const sdjwt = new SDJwtVcInstance({
    ...config,
    verifier: checker(ask.issuer),
    statusVerifier: checker(ask.status),
    statusListFetcher: async () => ask.list,
    kbVerifier: (data, sig, payload) => checker(payload.cnf.jwk)(data, sig),
  });
  const { payload, kb } = await sdjwt.verify(ask.compact, { keyBindingNonce: ask.nonce, currentDate: ask.now });
  return { claims: payload, audience: kb?.payload?.aud };
}

async function issue() {
  const key = createPrivateKey({ key: ask.key, format: 'jwk' });
  const sdjwt = new SDJwtVcInstance({
    ...config,
    signer: (data) => b64(sign('sha256', Buffer.from(data), { key, dsaEncoding: 'ieee-p1363' })),
    signAlg: 'ES256',
  });
  return { compact: await sdjwt.issue({ ...ask.claims, cnf: { jwk: ask.holder } }, { _sd: ask.hide }) };
}

async function present() {
  const key = createPrivateKey({ key: ask.key, format: 'jwk' });
  const sdjwt = new SDJwtVcInstance({
    ...config,
    kbSigner: (data) => b64(sign('sha256', Buffer.from(data), { key, dsaEncoding: 'ieee-p1363' })),
    kbSignAlg: 'ES256',
  });
  const frame = Object.fromEntries(ask.show.map((name) => [name, true]));
  return { compact: await sdjwt.present(ask.compact, frame, { kb: { payload: { iat: ask.now, aud: ask.audience, nonce: ask.nonce } } }) };
}

const does = { issue, present, verify: check };

try {
  console.log(JSON.stringify(await does[ask.do]()));
} catch (e) {
  console.log(JSON.stringify({ error: String(e.message ?? e) }));
}
