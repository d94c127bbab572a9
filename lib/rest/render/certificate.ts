import type { CertificateRecord } from '../../access/contract.ts'

export function certificateWire(record: CertificateRecord): Readonly<Record<string, unknown>> {
  const { name, type, restricted, projects, certificate, fingerprint } = record
  return { name, type, restricted, projects, certificate, fingerprint }
}

export function editableCertificate(record: CertificateRecord): unknown {
  const { name, type, restricted, projects, certificate } = record
  return [name, type, restricted, projects, certificate]
}
