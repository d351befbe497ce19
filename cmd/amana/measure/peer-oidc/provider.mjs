// The peer of amana bench trust: npm oidc-provider under the FAPI 2.0 Security
// Profile, with the same steps for the institution and the citizen as ours, a
// durable store, and passkeys by @simplewebauthn/server. It keeps no record, no
// log for the citizen and no key of theirs.
//
//   node provider.mjs < settings.json
//
// settings: { listen, origin, store, client: { id, redirect, keys }, attributes, citizens: [{ number, code }] }
import * as crypto from 'node:crypto'
import http from 'node:http'
import { Provider } from 'oidc-provider'
import { generateAuthenticationOptions, generateRegistrationOptions, verifyAuthenticationResponse, verifyRegistrationResponse } from '@simplewebauthn/server'
import { adapter, open } from './store.mjs'

const settings = JSON.parse(await new Response(process.stdin).text())
const { origin, client, attributes } = settings
const store = await open(settings.store)
const rpID = new URL(origin).hostname
const cookieName = 'peer-citizen'

for (const c of settings.citizens) await store.write('insert into citizens (id, number, code, attributes) values ($1, $2, $3, $4)', crypto.randomUUID(), c.number, c.code, JSON.stringify(attributes))

const { privateKey } = crypto.generateKeyPairSync('ec', { namedCurve: 'P-256' })
const secret = crypto.randomBytes(32)

const provider = new Provider(origin, {
  adapter: adapter(store),
  clients: [{
    client_id: client.id, redirect_uris: [client.redirect], jwks: client.keys, token_endpoint_auth_method: 'private_key_jwt', token_endpoint_auth_signing_alg: 'ES256',
    grant_types: ['authorization_code'], response_types: ['code'], id_token_signed_response_alg: 'ES256', subject_type: 'pairwise', dpop_bound_access_tokens: true,
  }],
  jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), kid: 'peer', alg: 'ES256', use: 'sig' }] },
  features: {
    fapi: { enabled: true, profile: '2.0' },
    pushedAuthorizationRequests: { enabled: true, requirePushedAuthorizationRequests: true },
    dPoP: { enabled: true },
    claimsParameter: { enabled: true },
    devInteractions: { enabled: false },
    rpInitiatedLogout: { enabled: false },
  },
  clientAuthMethods: ['private_key_jwt'],
  scopes: ['openid'],
  claims: { openid: ['sub'], attributes: Object.keys(attributes) },
  subjectTypes: ['pairwise'],
  pairwiseIdentifier: async (_ctx, account, c) => crypto.createHmac('sha256', secret).update(`${c.clientId}\n${account}`).digest('base64url'),
  findAccount: async (_ctx, id) => {
    const c = await store.one('select attributes from citizens where id = $1', id)
    return c && { accountId: id, claims: async () => ({ sub: id, ...JSON.parse(c.attributes) }) }
  },
  interactions: { url: async (_ctx, i) => `/interaction/${i.uid}` },
  cookies: { keys: [secret.toString('hex')] },
  routes: { authorization: '/oidc/authorize', token: '/oidc/token', pushed_authorization_request: '/oidc/par', userinfo: '/oidc/userinfo', jwks: '/oidc/keys' },
  ttl: { Session: 1800, Interaction: 1800, Grant: 1800, AuthorizationCode: 60, AccessToken: 300, IdToken: 300 },
  renderError: async (ctx, out, error) => {
    console.error(error)
    ctx.body = out
  },
})
provider.on('server_error', (_ctx, e) => console.error(e))

const page = (title, body) => `<!doctype html><html lang="fr"><head><meta charset="utf-8"><title>${title}</title></head><body><main><h1>${title}</h1>${body}</main></body></html>`

async function body(req) {
  const parts = []
  for await (const p of req) parts.push(p)
  return Buffer.concat(parts).toString()
}

function send(res, status, type, text, headers = {}) {
  res.writeHead(status, { 'content-type': type, 'cache-control': 'no-store', ...headers })
  res.end(text)
}

const json = (res, value, headers) => send(res, 200, 'application/json', JSON.stringify(value), headers)
const cookieOf = (req) => new RegExp(`${cookieName}=([\\w-]+)`).exec(req.headers.cookie ?? '')?.[1]
const hashed = (token) => crypto.hash('sha256', token, 'base64url')
const holder = async (req) => {
  const token = cookieOf(req)
  return token && (await store.one('select c.id, c.number, c.credential, c.passkey, c.attributes from sessions s join citizens c on c.id = s.citizen where s.token = $1', hashed(token)))
}

async function admit(citizen) {
  const token = crypto.randomBytes(32).toString('base64url')
  await store.write('insert into sessions (token, citizen) values ($1, $2)', hashed(token), citizen)
  return { 'set-cookie': `${cookieName}=${token}; Path=/; HttpOnly; SameSite=Lax` }
}

// A ceremony is a challenge that waits for its answer, which it has once.
async function begin(res, options) {
  const ceremony = crypto.randomBytes(24).toString('base64url')
  await store.write('insert into sessions (token, citizen, challenge) values ($1, $2, $3)', hashed(ceremony), '', options.challenge)
  json(res, { ceremony, options })
}

async function take(ceremony) {
  const row = await store.one('select challenge from sessions where token = $1', hashed(ceremony))
  if (!row || (await store.write('delete from sessions where token = $1', hashed(ceremony))) !== 1) throw new Error('no such ceremony')
  return row.challenge
}

const routes = {
  'POST /citizen/sign-in': async (req, res) => {
    const form = new URLSearchParams(await body(req))
    const c = await store.one('select id from citizens where number = $1 and code = $2', form.get('number'), form.get('code'))
    if (!c || (await store.write('update citizens set code = null where id = $1 and code is not null', c.id)) !== 1) return send(res, 422, 'text/plain', 'no')
    send(res, 303, 'text/plain', '', { location: form.get('return'), ...(await admit(c.id)) })
  },
  'POST /citizen/passkeys': async (req, res) => {
    const c = await holder(req)
    await begin(res, await generateRegistrationOptions({ rpName: 'peer', rpID, userName: c.number, userID: Buffer.from(c.id), attestationType: 'none', authenticatorSelection: { residentKey: 'required', userVerification: 'required' } }))
  },
  'POST /citizen/passkeys/end': async (req, res) => {
    const c = await holder(req)
    const m = JSON.parse(await body(req))
    const { verified, registrationInfo } = await verifyRegistrationResponse({ response: m.answer, expectedChallenge: await take(m.ceremony), expectedOrigin: origin, expectedRPID: rpID, requireUserVerification: true })
    if (!verified) throw new Error('not verified')
    const { id, publicKey, counter } = registrationInfo.credential
    await store.write('update citizens set credential = $1, passkey = $2 where id = $3', id, JSON.stringify({ publicKey: Buffer.from(publicKey).toString('base64url'), counter }), c.id)
    json(res, {})
  },
  'POST /citizen/passkey': async (_req, res) => begin(res, await generateAuthenticationOptions({ rpID, userVerification: 'required' })),
  'POST /citizen/passkey/end': async (req, res) => {
    const m = JSON.parse(await body(req))
    const c = await store.one('select id, passkey from citizens where credential = $1', m.answer.id)
    const kept = JSON.parse(c.passkey)
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response: m.answer, expectedChallenge: await take(m.ceremony), expectedOrigin: origin, expectedRPID: rpID, requireUserVerification: true,
      credential: { id: m.answer.id, publicKey: Buffer.from(kept.publicKey, 'base64url'), counter: kept.counter },
    })
    if (!verified) throw new Error('not verified')
    if (authenticationInfo.newCounter !== kept.counter) await store.write('update citizens set passkey = $1 where id = $2', JSON.stringify({ ...kept, counter: authenticationInfo.newCounter }), c.id)
    json(res, {}, await admit(c.id))
  },
}

// interaction is the page on which a citizen proves who they are, and then
// agrees: login and consent of oidc-provider in one.
async function interaction(req, res) {
  const { uid, params } = await provider.interactionDetails(req, res)
  const c = await holder(req)
  if (!c) return send(res, 200, 'text/html', page('Sign in', `<p>${client.id}</p><button data-begin="/citizen/passkey">Passkey</button>`))
  if (req.method === 'GET') {
    const asked = Object.entries(JSON.parse(c.attributes)).map(([name, value]) => `<li>${name}: ${value}</li>`).join('')
    return send(res, 200, 'text/html', page('Consent', `<p>${params.client_id}</p><ul>${asked}</ul><form method="post" action="/interaction/${uid}"><button name="answer" value="agree">Agree</button></form>`))
  }
  if (new URLSearchParams(await body(req)).get('answer') !== 'agree') return provider.interactionFinished(req, res, { error: 'access_denied' })
  const grant = new provider.Grant({ accountId: c.id, clientId: client.id })
  grant.addOIDCScope('openid')
  grant.addOIDCClaims(Object.keys(attributes))
  await provider.interactionFinished(req, res, { login: { accountId: c.id, amr: ['hwk', 'user'] }, consent: { grantId: await grant.save() } })
}

const callback = provider.callback()
const server = http.createServer(async (req, res) => {
  const path = req.url.split('?')[0]
  try {
    const route = routes[`${req.method} ${path}`]
    if (route) await route(req, res)
    else if (path.startsWith('/interaction/')) await interaction(req, res)
    else callback(req, res)
  } catch (e) {
    console.error(e)
    send(res, 500, 'text/plain', String(e))
  }
})
const [host, port] = settings.listen.split(':')
server.keepAliveTimeout = 60_000
server.listen(Number(port), host, () => console.log(`ready ${process.version} ${server.address().port}`))
process.on('SIGINT', async () => {
  await store.close()
  process.exit(0)
})
