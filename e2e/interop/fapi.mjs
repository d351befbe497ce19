// Two relying parties that others wrote, openid-client and oauth4webapi, sign in
// with the sandbox that the question names: every right step must succeed, and
// every wrong one be refused. The answer says how each went: "" for as it must.
import * as client from 'openid-client'
import * as oauth from 'oauth4webapi'

const q = JSON.parse(await new Response(process.stdin).text())
const issuer = new URL(q.issuer)
const insecure = { [oauth.allowInsecureRequests]: true }
const key = { kid: q.kid, key: await crypto.subtle.importKey('jwk', q.key, { name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign']) }
const claims = JSON.stringify({ id_token: { age_over_18: { essential: true } }, userinfo: { given_name: { essential: true } } })
const results = {}

// browse is a browser without scripts: it chooses a test citizen and agrees.
async function browse(address, answer = 'agree') {
  let page = await fetch(address, { redirect: 'manual' })
  if (page.status === 303) return new URL(page.headers.get('location'))
  const post = async (fields) => {
    const to = /action="(\/oidc\/authorize\/[^"]+)"/.exec(await page.text())
    if (!to) throw new Error(`no form: ${page.status}`)
    page = await fetch(new URL(to[1], issuer), { method: 'POST', redirect: 'manual', body: new URLSearchParams(fields) })
  }
  await post({ test: '1' })
  await post({ test: '1', answer })
  if (page.status !== 303) throw new Error(`not sent back: ${page.status}`)
  return new URL(page.headers.get('location'))
}

async function must(name, f) {
  try {
    await f()
    results[name] = ''
  } catch (e) {
    results[name] = String(e.cause?.message ?? e.cause?.error ?? e.message ?? e)
  }
}

// refused runs what must fail, with one of some codes.
async function refused(name, codes, f) {
  try {
    await f()
    results[name] = 'it succeeded'
  } catch (e) {
    const code = e.error ?? e.cause?.error ?? e.cause?.[0]?.parameters?.error ?? e.code
    results[name] = codes.includes(code) ? '' : `refused with ${code}: ${e.message}`
  }
}

// ---- openid-client -------------------------------------------------------

const config = await client.discovery(issuer, q.client, { use_mtls_endpoint_aliases: false, id_token_signed_response_alg: 'ES256' }, client.PrivateKeyJwt(key), { execute: [client.allowInsecureRequests] })

async function begin(more = {}, handle) {
  const pair = await client.randomDPoPKeyPair('ES256')
  const DPoP = handle ?? client.getDPoPHandle(config, pair)
  const verifier = client.randomPKCECodeVerifier()
  const checks = { pkceCodeVerifier: verifier, expectedState: client.randomState(), expectedNonce: client.randomNonce() }
  const parameters = { redirect_uri: q.redirect, scope: 'openid', claims, state: checks.expectedState, nonce: checks.expectedNonce, code_challenge: await client.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256', ...more }
  for (const k of Object.keys(parameters)) if (parameters[k] === undefined) delete parameters[k]
  return { DPoP, checks, url: await client.buildAuthorizationUrlWithPAR(config, parameters, { DPoP }) }
}

let sub
await must('openid-client: a whole sign-in', async () => {
  const { DPoP, checks, url } = await begin()
  const tokens = await client.authorizationCodeGrant(config, await browse(url), checks, undefined, { DPoP })
  const id = tokens.claims()
  if (id.age_over_18 !== true || id.acr !== 'urn:amana:level:3' || tokens.token_type !== 'dpop') throw new Error(JSON.stringify(id))
  sub = id.sub
  const info = await client.fetchUserInfo(config, tokens.access_token, id.sub, { DPoP })
  if (info.given_name !== 'TEST-AMINA') throw new Error(JSON.stringify(info))
  results.token = tokens.id_token
  results.access = tokens.access_token
})
await must('openid-client: the same person has the same subject', async () => {
  const { DPoP, checks, url } = await begin()
  const tokens = await client.authorizationCodeGrant(config, await browse(url), checks, undefined, { DPoP })
  if (tokens.claims().sub !== sub) throw new Error('another subject')
})
await must('openid-client: max_age', async () => {
  const { DPoP, checks, url } = await begin({ max_age: '300' })
  const tokens = await client.authorizationCodeGrant(config, await browse(url), { ...checks, maxAge: 300 }, undefined, { DPoP })
  if (!tokens.claims().auth_time) throw new Error('no auth_time')
})
await refused('openid-client: the citizen declines', ['access_denied'], async () => {
  const { DPoP, checks, url } = await begin()
  await client.authorizationCodeGrant(config, await browse(url, 'refuse'), checks, undefined, { DPoP })
})
await refused('openid-client: wrong verifier', ['invalid_grant'], async () => {
  const { DPoP, checks, url } = await begin()
  await client.authorizationCodeGrant(config, await browse(url), { ...checks, pkceCodeVerifier: client.randomPKCECodeVerifier() }, undefined, { DPoP })
})
await refused('openid-client: replayed code', ['invalid_grant'], async () => {
  const { DPoP, checks, url } = await begin()
  const back = await browse(url)
  await client.authorizationCodeGrant(config, back, checks, undefined, { DPoP })
  await client.authorizationCodeGrant(config, back, checks, undefined, { DPoP })
})
await refused('openid-client: code redeemed with another key than it was pushed with', ['invalid_dpop_proof'], async () => {
  const { checks, url } = await begin()
  const DPoP = client.getDPoPHandle(config, await client.randomDPoPKeyPair('ES256'))
  await client.authorizationCodeGrant(config, await browse(url), checks, undefined, { DPoP })
})
await refused('openid-client: no proof', ['invalid_request', 'invalid_dpop_proof'], async () => {
  const { checks, url } = await begin()
  await client.authorizationCodeGrant(config, await browse(url), checks)
})
await refused('openid-client: stolen token', ['invalid_token', 'invalid_dpop_proof'], async () => {
  const { DPoP, checks, url } = await begin()
  const tokens = await client.authorizationCodeGrant(config, await browse(url), checks, undefined, { DPoP })
  const thief = client.getDPoPHandle(config, await client.randomDPoPKeyPair('ES256'))
  await client.fetchUserInfo(config, tokens.access_token, tokens.claims().sub, { DPoP: thief })
})
await refused('openid-client: unregistered redirect', ['invalid_request'], () => begin({ redirect_uri: q.redirect + '/else' }))
await refused('openid-client: no PKCE', ['invalid_request'], () => begin({ code_challenge: undefined, code_challenge_method: undefined }))
await refused('openid-client: plain PKCE', ['invalid_request'], () => begin({ code_challenge_method: 'plain' }))
await refused('openid-client: above the ceiling', ['invalid_request'], () => begin({ claims: JSON.stringify({ userinfo: { national_id: { essential: true } } }) }))
await refused('openid-client: mix-up, the answer of another issuer', [client.ClientError ? 'OAUTH_INVALID_RESPONSE' : '', 'OAUTH_INVALID_RESPONSE'], async () => {
  const { DPoP, checks, url } = await begin()
  const back = await browse(url)
  back.searchParams.set('iss', 'https://evil.example')
  await client.authorizationCodeGrant(config, back, checks, undefined, { DPoP })
})
await must('openid-client: no request without PAR', async () => {
  const u = client.buildAuthorizationUrl(config, { redirect_uri: q.redirect, scope: 'openid', code_challenge: 'x'.repeat(43), code_challenge_method: 'S256' })
  const page = await fetch(u, { redirect: 'manual' })
  if (page.status !== 422) throw new Error(`status ${page.status}`)
})

// ---- oauth4webapi --------------------------------------------------------

const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, insecure))
const me = { client_id: q.client, id_token_signed_response_alg: 'ES256' }
const auth = oauth.PrivateKeyJwt(key)
const pair = await oauth.generateKeyPair('ES256')
const handle = oauth.DPoP(me, pair)

async function push(clientAuth = auth, options = {}) {
  const verifier = oauth.generateRandomCodeVerifier(), state = oauth.generateRandomState(), nonce = oauth.generateRandomNonce()
  const parameters = { redirect_uri: q.redirect, response_type: 'code', scope: 'openid', claims, state, nonce, code_challenge: await oauth.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256' }
  const response = await oauth.pushedAuthorizationRequest(as, me, clientAuth, parameters, { ...insecure, ...options })
  const { request_uri } = await oauth.processPushedAuthorizationResponse(as, me, response)
  const url = new URL(as.authorization_endpoint)
  url.search = new URLSearchParams({ client_id: q.client, request_uri })
  return { verifier, state, nonce, url }
}

async function redeem(run, clientAuth = auth, options = { DPoP: handle }) {
  const back = oauth.validateAuthResponse(as, me, await browse(run.url), run.state)
  const response = await oauth.authorizationCodeGrantRequest(as, me, clientAuth, back, q.redirect, run.verifier, { ...insecure, ...options })
  const tokens = await oauth.processAuthorizationCodeResponse(as, me, response, { expectedNonce: run.nonce, requireIdToken: true })
  await oauth.validateApplicationLevelSignature(as, response, insecure)
  return tokens
}

await must('oauth4webapi: a whole sign-in', async () => {
  const tokens = await redeem(await push())
  const id = oauth.getValidatedIdTokenClaims(tokens)
  if (id.sub !== sub) throw new Error('openid-client is told another subject')
  const response = await oauth.userInfoRequest(as, me, tokens.access_token, { ...insecure, DPoP: handle })
  const info = await oauth.processUserInfoResponse(as, me, id.sub, response)
  if (info.given_name !== 'TEST-AMINA' || info.age_over_18 !== undefined) throw new Error(JSON.stringify(info))
})
const spoilt = (change) => oauth.PrivateKeyJwt(key, { [oauth.modifyAssertion]: (header, payload) => change(header, payload) })
for (const [name, change] of Object.entries({
  'another audience': (_, p) => { p.aud = 'https://evil.example' },
  'two audiences': (_, p) => { p.aud = [q.issuer, as.token_endpoint] },
  'the token endpoint as audience': (_, p) => { p.aud = as.token_endpoint },
  'no subject': (_, p) => { delete p.sub },
  'no jti': (_, p) => { delete p.jti },
  'no end': (_, p) => { delete p.exp },
  'an end too far': (_, p) => { p.exp += 7200 },
  'over': (_, p) => { p.exp = p.iat - 600; p.nbf = p.iat - 900; p.iat -= 900 },
  'to come': (_, p) => { p.iat += 120; p.nbf += 120; p.exp += 120 },
  'another issuer': (_, p) => { p.iss = 'somebody' },
  'another key': (h) => { h.kid = 'unknown' },
})) await refused(`oauth4webapi: assertion with ${name}`, ['invalid_client'], () => push(spoilt(change)))
{
  const jti = crypto.randomUUID()
  const same = spoilt((_, p) => { p.jti = jti })
  await must('oauth4webapi: an assertion', () => push(same))
  await refused('oauth4webapi: the same assertion again', ['invalid_client'], () => push(same))
  const run = await push()
  await refused('oauth4webapi: the same assertion at another endpoint', ['invalid_client'], () => redeem(run, same))
}
await refused('oauth4webapi: no authentication', ['invalid_client'], () => push(oauth.None()))
await refused('oauth4webapi: a secret', ['invalid_client'], () => push(oauth.ClientSecretPost('secret')))
await refused('oauth4webapi: a secret in a header', ['invalid_client'], () => push(oauth.ClientSecretBasic('secret')))
await refused('oauth4webapi: a symmetric assertion', ['invalid_client'], () => push(oauth.ClientSecretJwt('a secret that is long enough to be one')))
{
  const weak = await crypto.subtle.generateKey({ name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) }, false, ['sign', 'verify'])
  await refused('oauth4webapi: a downgraded algorithm', ['invalid_client'], () => push(oauth.PrivateKeyJwt({ kid: q.kid, key: weak.privateKey })))
}
for (const [name, change] of Object.entries({
  'another method': (_, p) => { p.htm = 'GET' },
  'another address': (_, p) => { p.htu = as.userinfo_endpoint },
  'no jti': (_, p) => { delete p.jti },
  'another type': (h) => { h.typ = 'JWT' },
})) {
  const bad = oauth.DPoP(me, pair, { [oauth.modifyAssertion]: change })
  await refused(`oauth4webapi: proof with ${name}`, ['invalid_dpop_proof'], async () => redeem(await push(), auth, { DPoP: bad }))
}
await refused('oauth4webapi: an answer with another state', ['OAUTH_INVALID_RESPONSE'], async () => {
  const run = await push()
  await redeem({ ...run, state: 'another' })
})

console.log(JSON.stringify(results))
