// What an institution's own program does with libraries that others wrote: it
// asks a citizen who is elsewhere with openid-client (CIBA), and is told of
// events by openid-client and jose (Shared Signals). The question names the
// service and the key; the answer says how each step went: "" for as it must.
import * as client from 'openid-client'
import * as jose from 'jose'

const q = JSON.parse(await new Response(process.stdin).text())
const issuer = new URL(q.issuer)
const alg = { EC: 'ES256', OKP: 'EdDSA' }[q.key.kty]
const key = { kid: q.kid, key: await crypto.subtle.importKey('jwk', q.key, alg === 'ES256' ? { name: 'ECDSA', namedCurve: 'P-256' } : 'Ed25519', false, ['sign']) }
const results = {}

async function must(name, f) {
  try {
    await f()
    results[name] = ''
  } catch (e) {
    results[name] = String(e.cause?.message ?? e.error ?? e.message ?? e)
  }
}

async function refused(name, codes, f) {
  try {
    await f()
    results[name] = 'it succeeded'
  } catch (e) {
    const code = e.error ?? e.cause?.error ?? e.code
    results[name] = codes.includes(code) ? '' : `refused with ${code}: ${e.message}`
  }
}

const config = await client.discovery(issuer, q.client, { id_token_signed_response_alg: 'ES256' }, client.PrivateKeyJwt(key), { execute: [client.allowInsecureRequests] })
const DPoP = client.getDPoPHandle(config, await client.randomDPoPKeyPair('ES256'))

// ---- CIBA ------------------------------------------------------------------

// request is the signed request object that the FAPI-CIBA profile demands.
async function request(more = {}, signer = key.key) {
  const claims = { client_id: q.client, scope: 'openid', login_hint: q.hint, binding_message: 'Desk 4', claims: { id_token: { age_over_18: { essential: true } } }, ...more }
  return new jose.SignJWT(claims).setProtectedHeader({ alg, kid: q.kid }).setIssuer(q.client).setAudience(q.issuer).setIssuedAt().setNotBefore('0s').setExpirationTime('1m').setJti(crypto.randomUUID()).sign(signer)
}
const ask = async (more, signer) => client.initiateBackchannelAuthentication(config, { request: await request(more, signer) })

if (q.hint) {
  await must('CIBA: a citizen agrees', async () => {
    const asked = await ask({ binding_message: 'agree' })
    const tokens = await client.pollBackchannelAuthenticationGrant(config, asked, undefined, { DPoP })
    const id = tokens.claims()
    if (id.age_over_18 !== true || id.sub !== q.hint || tokens.token_type !== 'dpop') throw new Error(JSON.stringify(id))
    await client.fetchUserInfo(config, tokens.access_token, id.sub, { DPoP })
  })
  await refused('CIBA: a citizen refuses', ['access_denied'], async () => {
    await client.pollBackchannelAuthenticationGrant(config, await ask({ binding_message: 'refuse' }), undefined, { DPoP })
  })
  await refused('CIBA: nobody of that name', ['unknown_user_id'], () => ask({ login_hint: 'nobody' }))
  await refused('CIBA: above the ceiling', ['invalid_request'], () => ask({ claims: { id_token: { national_id: null } } }))
  await refused('CIBA: no message', ['invalid_request', 'invalid_binding_message'], () => ask({ binding_message: undefined }))
  await refused('CIBA: a request that is not signed', ['invalid_request'], () => client.initiateBackchannelAuthentication(config, { scope: 'openid', login_hint: q.hint, binding_message: 'x' }))
  await refused("CIBA: a request that somebody else signed", ['invalid_request', 'invalid_request_object'], async () => ask({}, (await jose.generateKeyPair(alg)).privateKey))
}

// ---- Shared Signals --------------------------------------------------------

const about = await (await fetch(new URL('/.well-known/ssf-configuration', issuer))).json()
const keys = jose.createRemoteJWKSet(new URL(about.jwks_uri))
let token, stream, set

async function call(method, address, body, handle = DPoP) {
  const res = await client.fetchProtectedResource(config, token, new URL(address), method, body && JSON.stringify(body), new Headers({ 'content-type': 'application/json' }), { DPoP: handle })
  const text = await res.text()
  if (!res.ok) throw Object.assign(new Error(text), { error: JSON.parse(text).error })
  return text && JSON.parse(text)
}

await must('SSF: a token of the program', async () => {
  token = (await client.clientCredentialsGrant(config, { scope: 'ssf.manage' }, { DPoP })).access_token
})
await must('SSF: a stream that is polled', async () => {
  for (const old of await call('GET', about.configuration_endpoint)) await call('DELETE', `${about.configuration_endpoint}?stream_id=${old.stream_id}`)
  stream = await call('POST', about.configuration_endpoint, { delivery: { method: 'urn:ietf:rfc:8936' }, events_requested: ['https://schemas.openid.net/secevent/caep/event-type/session-revoked'] })
  if (stream.iss !== q.issuer || stream.aud !== q.client || stream.events_delivered.length !== 1) throw new Error(JSON.stringify(stream))
})
await must('SSF: a verification, read by jose', async () => {
  await call('POST', about.verification_endpoint, { stream_id: stream.stream_id, state: 'hello' })
  const { sets } = await call('POST', stream.delivery.endpoint_url, { returnImmediately: true })
  const [[jti, token]] = Object.entries(sets)
  set = token
  const { payload } = await jose.jwtVerify(set, keys, { issuer: q.issuer, audience: q.client, typ: 'secevent+jwt', algorithms: ['ES256'] })
  const event = payload.events['https://schemas.openid.net/secevent/ssf/event-type/verification']
  if (payload.jti !== jti || event?.state !== 'hello' || payload.sub_id.id !== stream.stream_id || payload.sub || payload.exp) throw new Error(JSON.stringify(payload))
  await call('POST', stream.delivery.endpoint_url, { returnImmediately: true, ack: [jti] })
})
await refused('SSF: a token that was changed', ['ERR_JWS_SIGNATURE_VERIFICATION_FAILED'], () => jose.jwtVerify(set.slice(0, -8) + 'AAAAAAAA', keys))
await refused("SSF: another institution's token", ['ERR_JWT_CLAIM_VALIDATION_FAILED'], () => jose.jwtVerify(set, keys, { audience: 'another' }))
await refused('SSF: an ID token is no event', ['ERR_JWT_CLAIM_VALIDATION_FAILED'], () => jose.jwtVerify(set, keys, { typ: 'JWT' }))
await refused('SSF: a stolen token', ['invalid_dpop_proof', 'invalid_token', 'OAUTH_WWW_AUTHENTICATE_CHALLENGE'], async () => call('GET', about.configuration_endpoint, undefined, client.getDPoPHandle(config, await client.randomDPoPKeyPair('ES256'))))
await refused('SSF: pushed to a host that nobody approved', ['invalid_request'], () => call('PATCH', about.configuration_endpoint, { stream_id: stream.stream_id, delivery: { method: 'urn:ietf:rfc:8935', endpoint_url: 'https://evil.example/' } }))
results.set = set

console.log(JSON.stringify(results))
