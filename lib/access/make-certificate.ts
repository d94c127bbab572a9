import { type KeyObject, randomBytes, sign } from 'node:crypto'
import { isIP } from 'node:net'
import { AsnConvert, OctetString } from '@peculiar/asn1-schema'
import {
  AlgorithmIdentifier,
  AttributeTypeAndValue,
  AttributeValue,
  BasicConstraints,
  Certificate,
  ExtendedKeyUsage,
  Extension,
  Extensions,
  GeneralName,
  id_ce_basicConstraints,
  id_ce_extKeyUsage,
  id_ce_keyUsage,
  id_ce_subjectAltName,
  id_kp_clientAuth,
  id_kp_serverAuth,
  KeyUsage,
  KeyUsageFlags,
  Name,
  RelativeDistinguishedName,
  SubjectAlternativeName,
  SubjectPublicKeyInfo,
  TBSCertificate,
  Validity,
  Version,
} from '@peculiar/asn1-x509'

export interface CertificateWish {
  readonly commonName: string
  readonly organization: string
  readonly publicKey: KeyObject
  /** Names and addresses that a server is reached by. */
  readonly hosts: readonly string[]
  readonly purpose: 'client' | 'server' | 'authority'
  readonly notBefore: Date
  readonly notAfter: Date
  /** Whoever signs: a P-384 key, and its name. @default the subject itself */
  readonly issuer: { readonly commonName: string; readonly key: KeyObject }
}

const ECDSA_WITH_SHA384 = '1.2.840.10045.4.3.3'
const COMMON_NAME = '2.5.4.3'
const ORGANIZATION = '2.5.4.10'

/** A certificate signed by a P-384 key, in PEM. */
export function makeCertificate(wish: CertificateWish): string {
  const algorithm = new AlgorithmIdentifier({ algorithm: ECDSA_WITH_SHA384 })
  const content = new TBSCertificate({
    version: Version.v3,
    serialNumber: bytes(positive(randomBytes(16))),
    signature: algorithm,
    issuer: nameOf(wish.organization, wish.issuer.commonName),
    validity: new Validity({ notBefore: wish.notBefore, notAfter: wish.notAfter }),
    subject: nameOf(wish.organization, wish.commonName),
    subjectPublicKeyInfo: AsnConvert.parse(
      wish.publicKey.export({ type: 'spki', format: 'der' }),
      SubjectPublicKeyInfo,
    ),
    extensions: new Extensions(extensionsOf(wish)),
  })
  const signed = new Certificate({
    tbsCertificate: content,
    signatureAlgorithm: algorithm,
    signatureValue: bytes(
      sign('sha384', Buffer.from(AsnConvert.serialize(content)), wish.issuer.key),
    ),
  })
  return pem('CERTIFICATE', AsnConvert.serialize(signed))
}

function extensionsOf({ purpose, hosts }: CertificateWish): Extension[] {
  const authority = purpose === 'authority'
  const usage = authority
    ? KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign
    : KeyUsageFlags.digitalSignature | KeyUsageFlags.keyEncipherment
  const roles = { client: [id_kp_clientAuth], server: [id_kp_serverAuth], authority: [] }[purpose]
  const names = hosts.map((host) =>
    isIP(host) ? new GeneralName({ iPAddress: host }) : new GeneralName({ dNSName: host }),
  )
  return [
    extension(id_ce_keyUsage, new KeyUsage(usage), true),
    ...(roles.length > 0 ? [extension(id_ce_extKeyUsage, new ExtendedKeyUsage(roles))] : []),
    extension(id_ce_basicConstraints, new BasicConstraints({ cA: authority }), true),
    ...(names.length > 0
      ? [extension(id_ce_subjectAltName, new SubjectAlternativeName(names))]
      : []),
  ]
}

function extension(extnID: string, value: unknown, critical = false): Extension {
  const extnValue = new OctetString(AsnConvert.serialize(value))
  return new Extension({ extnID, critical, extnValue })
}

function nameOf(organization: string, commonName: string): Name {
  return new Name(
    [
      [ORGANIZATION, organization],
      [COMMON_NAME, commonName],
    ].map(
      ([type = '', utf8String = '']) =>
        new RelativeDistinguishedName([
          new AttributeTypeAndValue({ type, value: new AttributeValue({ utf8String }) }),
        ]),
    ),
  )
}

/** A serial number whose first bit were set would be negative, and one that began with zeros too short. */
function positive(serial: Buffer): Buffer {
  serial[0] = (Number(serial[0]) & 0x7f) | 0x40
  return serial
}

function bytes(buffer: Buffer): ArrayBuffer {
  return Uint8Array.from(buffer).buffer
}

function pem(label: string, der: ArrayBuffer): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`
}
