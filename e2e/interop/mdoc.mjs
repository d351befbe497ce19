// Speaks for @auth0/mdl: one question on standard input, one answer out. Bytes are base64.
//   {"do":"verify","response","transcript","root":PEM}                                      -> {"elements"}
//   {"do":"present","document","device":JWK,"type","space","names","transcript"}             -> {"response"}
//   {"do":"show","key":JWK,"certificate":PEM,"device":JWK,"type","space","elements","names","transcript"} -> {"response"}
import { text } from 'node:stream/consumers';
import mdl from '@auth0/mdl';

const ask = JSON.parse(await text(process.stdin));
const bytes = (s) => Buffer.from(s, 'base64');

async function check() {
  const mdoc = await new mdl.Verifier([ask.root]).verify(bytes(ask.response), { encodedSessionTranscript: bytes(ask.transcript) });
  const out = {};
  for (const d of mdoc.documents) {
    for (const space of d.issuerSignedNameSpaces) out[space] = d.getIssuerNameSpace(space);
  }
  return { elements: out };
}

async function show() {
  const { d, ...open } = ask.device;
  const document = await new mdl.Document(ask.type)
    .addIssuerNameSpace(ask.space, ask.elements)
    .useDigestAlgorithm('SHA-256')
    .addValidityInfo({ signed: new Date(ask.now * 1000), validFrom: new Date(ask.now * 1000), validUntil: new Date((ask.now + 86400) * 1000) })
    .addDeviceKeyInfo({ deviceKey: open })
    .sign({ issuerPrivateKey: ask.key, issuerCertificate: ask.certificate, alg: 'ES256', kid: bytes('azE=') });
  return present(new mdl.MDoc([document]));
}

// present shows some elements of a document that the device holds.
async function present(mdoc) {
  const wanted = ask.names.map((n) => ({ path: [`$['${ask.space}']['${n}']`], intent_to_retain: false }));
  const answer = await mdl.DeviceResponse.from(mdoc)
    .usingPresentationDefinition({
      id: 'p', input_descriptors: [{ id: ask.type, format: { mso_mdoc: { alg: ['ES256'] } }, constraints: { limit_disclosure: 'required', fields: wanted } }],
    })
    .usingSessionTranscriptBytes(bytes(ask.transcript))
    .authenticateWithSignature(ask.device, 'ES256')
    .sign();
  return { response: answer.encode().toString('base64') };
}

try {
  const does = { show, verify: check, present: () => present(mdl.parse(bytes(ask.document))) };
  console.log(JSON.stringify(await does[ask.do]()));
} catch (e) {
  console.log(JSON.stringify({ error: String(e.message ?? e) }));
}
