import { createPublicKey, type KeyObject, sign } from 'node:crypto'
import { AsnConvert } from '@peculiar/asn1-schema'
import {
  AlgorithmIdentifier,
  Certificate,
  CertificateList,
  RevokedCertificate,
  TBSCertList,
  Time,
  Version,
} from '@peculiar/asn1-x509'
import { beforeEach, describe, expect, it } from 'vitest'
import { openWorld, type Pair, pair, type World } from './world.ts'

const authority = pair('authority', { purpose: 'authority' })
const issuer = { commonName: 'authority', key: authority.key }
const ours = pair('ours', { issuer })
const revoked = pair('revoked', { issuer })
const other = pair('other')
/** Says that it is of the authority, and is not. */
const forged = pair('forged', { issuer: { commonName: 'authority', key: other.key } })
const NOBODY = { trust: 'none' }

let world: World

beforeEach(async () => {
  world = await openWorld()
})

/** The list of what an authority has revoked, signed by `key`. */
function crl(
  gone: readonly Pair[],
  { key = authority.key, next = true }: { readonly key?: KeyObject; readonly next?: boolean } = {},
): string {
  const signature = new AlgorithmIdentifier({ algorithm: '1.2.840.10045.4.3.3' })
  const { tbsCertificate } = AsnConvert.parse(authority.der, Certificate)
  const tbsCertList = new TBSCertList({
    ...{ version: Version.v2, signature, issuer: tbsCertificate.subject },
    thisUpdate: new Time(new Date()),
    ...(next && { nextUpdate: new Time(new Date()) }),
    revokedCertificates: gone.map(
      ({ der }) =>
        new RevokedCertificate({
          userCertificate: AsnConvert.parse(der, Certificate).tbsCertificate.serialNumber,
          revocationDate: new Time(new Date()),
        }),
    ),
  })
  const signed = sign('sha384', Buffer.from(AsnConvert.serialize(tbsCertList)), key)
  const list = new CertificateList({
    ...{ tbsCertList, signatureAlgorithm: signature, signature: Uint8Array.from(signed).buffer },
  })
  const lines = Buffer.from(AsnConvert.serialize(list)).toString('base64')
  return `-----BEGIN X509 CRL-----\n${lines}\n-----END X509 CRL-----\n`
}

describe('with server.ca', () => {
  it('only certificates of the authority are trusted, whatever the trust store says', async () => {
    for (const { pem } of [ours, other, forged]) await world.access.trust.add(pem)
    await world.files.write('/r/server.ca', authority.pem)
    expect(await world.access.identify(ours.der)).toMatchObject({ trust: 'admin' })
    for (const { der } of [other, forged]) expect(await world.access.identify(der)).toEqual(NOBODY)
  })

  it('the others do not enter the trust store, not even by password or token', async () => {
    await world.files.write('/r/server.ca', authority.pem)
    await world.settings.patch({ 'core.trust_password': 'sekret' })
    const request = { certificate: other.pem, password: 'sekret', address: '' }
    const refusal = { code: 'ACCESS_NOT_OF_AUTHORITY' }
    await expect(world.access.trust.add(other.pem)).rejects.toMatchObject(refusal)
    await expect(world.access.enroll(request)).rejects.toMatchObject(refusal)
  })

  it('a certificate of the authority is not trusted by that alone', async () => {
    await world.files.write('/r/server.ca', authority.pem)
    expect(await world.access.identify(ours.der)).toEqual(NOBODY)
  })

  it('all of them are trusted when core.trust_ca_certificates says so, the restricted ones restricted', async () => {
    await world.files.write('/r/server.ca', authority.pem)
    await world.settings.patch({ 'core.trust_ca_certificates': 'true' })
    expect(await world.access.identify(ours.der)).toMatchObject({ trust: 'admin' })
    expect(await world.access.identify(other.der)).toEqual(NOBODY)
    await world.access.trust.add(ours.pem, { restricted: true, projects: ['default'] })
    expect(await world.access.identify(ours.der)).toMatchObject({ trust: 'restricted' })
  })

  it('core.trust_ca_certificates means nothing without an authority', async () => {
    await world.settings.patch({ 'core.trust_ca_certificates': 'true' })
    expect(await world.access.identify(ours.der)).toEqual(NOBODY)
  })

  it('a revoked certificate is refused from then on, trusted or not', async () => {
    await world.files.write('/r/server.ca', authority.pem)
    await world.settings.patch({ 'core.trust_ca_certificates': 'true' })
    await world.access.trust.add(revoked.pem)
    expect(await world.access.identify(revoked.der)).toMatchObject({ trust: 'admin' })
    await world.files.write('/r/ca.crl', crl([revoked]))
    expect(await world.access.identify(revoked.der)).toEqual(NOBODY)
    expect(await world.access.identify(ours.der)).toMatchObject({ trust: 'admin' })
  })

  it.each([
    ['nonsense', 'ca.crl', () => 'nonsense'],
    ['a list that somebody else signed', 'ca.crl', () => crl([], { key: other.key })],
    ['a list that is not understood', 'ca.crl', () => crl([revoked], { next: false })],
    ['a certificate that is of no authority', 'server.ca', () => other.pem],
    ['nothing', 'server.ca', () => ''],
  ])('nobody is trusted while %s is in %s', async (_, name, text) => {
    await world.access.trust.add(ours.pem)
    await world.files.write('/r/server.ca', authority.pem)
    await world.files.write(`/r/${name}`, text())
    await expect(world.access.identify(ours.der)).rejects.toMatchObject({
      code: 'ACCESS_BAD_AUTHORITY',
    })
  })
})

describe('the server certificate', () => {
  it('is made once, for the machine and for ten years, and its key is for the owner only', async () => {
    const { certificate, key } = await world.access.serverCertificate()
    expect(await world.files.read('/r/server.crt')).toBe(certificate)
    expect(await world.files.read('/r/server.key')).toBe(key)
    expect([world.files.mode('/r/server.crt'), world.files.mode('/r/server.key')]).toEqual([
      0o644, 0o600,
    ])
    const { X509Certificate } = await import('node:crypto')
    const x509 = new X509Certificate(certificate)
    expect(x509.verify(createPublicKey(key))).toBe(true)
    expect(x509.publicKey.asymmetricKeyDetails).toEqual({ namedCurve: 'secp384r1' })
    expect(x509.subjectAltName).toContain('IP Address:127.0.0.1')
    const years = new Date(x509.validTo).getTime() - new Date(x509.validFrom).getTime()
    expect(years / 86_400_000).toBe(3650)
  })

  it('is read where it is there, with its issuer after it when that is known', async () => {
    await world.files.write('/r/server.ca', authority.pem)
    await world.files.write('/r/server.crt', ours.pem)
    await world.files.write('/r/server.key', 'key')
    const found = await world.access.serverCertificate()
    expect(found).toMatchObject({ certificate: `${ours.pem}${authority.pem}`, key: 'key' })
  })

  it('is refused when it is none', async () => {
    await world.files.write('/r/server.crt', 'nonsense')
    await world.files.write('/r/server.key', 'key')
    await expect(world.access.serverCertificate()).rejects.toMatchObject({
      code: 'ACCESS_BAD_SERVER_CERTIFICATE',
    })
  })
})
